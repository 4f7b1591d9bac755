from cminbox.insight.deltas import Gauge, deltas

ROW = {
    "state": "open",
    "unread": 1,
    "unanswered": 1,
    "network_id": 3,
    "account_id": 4,
    "brand_id": None,
    "assignee": None,
    "topic_id": None,
    "tags": None,
}


def test_a_new_conversation_counts_everywhere_it_belongs():
    names = ("open", "unanswered", "unread")
    places = (("inbox", 0), ("network", 3), ("account", 4))
    assert deltas(None, ROW) == {Gauge(*place, name): 1 for place in places for name in names}


def test_what_goes_takes_its_counts_along():
    assert deltas(ROW, None) == dict.fromkeys(deltas(None, ROW), -1)


def test_nothing_changes_when_nothing_counted_changes():
    assert deltas(ROW, dict(ROW)) == {}
    assert deltas(None, None) == {}


def test_done_moves_state_and_unread_but_not_the_wait():
    change = deltas(ROW, ROW | {"state": "done"})
    assert change[Gauge("inbox", 0, "open")] == -1
    assert change[Gauge("inbox", 0, "done")] == 1
    assert change[Gauge("inbox", 0, "unread")] == -1
    assert Gauge("inbox", 0, "unanswered") not in change


def test_a_tag_more_counts_for_that_tag_and_a_topic_for_itself():
    assert deltas(ROW | {"tags": "5"}, ROW | {"tags": "5,6", "topic_id": 2}) == {
        Gauge(scope, one, name): 1
        for scope, one in (("tag", 6), ("topic", 2))
        for name in ("open", "unanswered", "unread")
    }


def test_taking_a_conversation_counts_for_the_colleague_alone():
    assert deltas(ROW, ROW | {"assignee": 9}) == {
        Gauge("assignee", 9, name): 1 for name in ("open", "unanswered", "unread")
    }
