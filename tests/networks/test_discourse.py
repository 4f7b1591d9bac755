"""What only Discourse does: collapsed notifications, the review queue, private messages, doubles, limits, lengths."""

from datetime import timedelta

import pytest

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, RateLimited, Rejected, Unreachable
from cminbox.model.base import ActVerb, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Edited, Removed
from cminbox.networks.discourse_text import from_cooked, from_raw

from .discourse_rig import DiscourseRig
from .rig import Reader, wrote


@pytest.fixture
async def forum():
    rig = DiscourseRig()
    yield rig
    await rig.close()


async def told(rig, post, **options):
    """A post as a fresh connector tells it, with that connector."""
    network = rig.open(**options)
    number = str(getattr(post, "id", post))
    return network, next(each for each in wrote(await Reader(network).read()) if each.remote_id == number)


def states(changes):
    return [(change.remote_id, change.state) for change in changes if isinstance(change, Removed)]


def incoming(changes):
    return [each.remote_id for each in wrote(changes) if each.direction is Direction.IN]


def member(rig):
    """A login of ours that is no moderator, with its key."""
    rig.us.moderator = False
    return rig.secret


class TestWho:
    async def test_the_rights_of_the_login_are_told(self, forum):
        profile = await forum.open().whoami()
        assert profile.scopes == {"trust_level_2", "moderator", "review", "read", "write"}
        assert profile.server == "Practice forum"
        assert (profile.author.handle, profile.author.name) == ("brand", "The Brand")

    async def test_an_administrator_s_key_acts_as_a_login(self, forum):
        network = forum.open(secret="admin-key", settings={"username": "brand"})
        assert (await network.whoami()).author.handle == "brand"
        with pytest.raises(AuthExpired):
            await forum.open(secret="admin-key", settings={"username": "nobody"}).whoami()

    async def test_lengths_are_the_forum_s(self, forum):
        forum.server.min_length, forum.server.max_length = 20, 500
        abilities = (await forum.open().whoami()).abilities
        assert (abilities.min_length, abilities.min_length_private, abilities.max_length) == (20, 10, 500)

    async def test_where_the_forum_hides_its_settings_the_usual_ones_hold(self, forum):
        forum.faults.add("GET", "/site/settings.json", "status", status=404, body=b"{}")
        abilities = (await forum.open().whoami()).abilities
        assert (abilities.min_length, abilities.max_length) == (20, 32_000)

    async def test_who_does_not_moderate_is_told_what_it_cannot(self, forum):
        abilities = (await forum.open(secret=member(forum)).whoami()).abilities
        assert not abilities.can & {ActVerb.HIDE, ActVerb.UNHIDE, ActVerb.BLOCK, ActVerb.UNBLOCK}
        assert not abilities.deletes_theirs
        assert "moderators" in abilities.why_not[ActVerb.HIDE]

    @pytest.mark.parametrize("moderator", [True, False])
    async def test_a_key_that_may_only_read_says_so_of_every_verb(self, forum, moderator):
        forum.us.moderator = moderator
        network = forum.open(secret=forum.server.issue_key(forum.us, frozenset({"read"})))
        profile = await network.whoami()
        assert profile.abilities.can == frozenset()
        assert not profile.abilities.deletes_theirs
        assert {"read"} == profile.scopes & {"read", "write"}
        told = set(profile.abilities.why_not.values())
        assert [each for each in told if "may only read" in each]
        assert profile.abilities.why_not[ActVerb.REPLY].startswith("The key may only read")
        forum.write("ana", "hello")
        assert [each.text for each in wrote(await Reader(network).read()) if each.direction is Direction.IN] == [
            "hello"
        ]

    async def test_a_forum_in_maintenance_can_still_be_read(self, forum):
        forum.faults.add("PUT", "/posts/0.json", "status", status=503, body=b"{}")
        assert ActVerb.REPLY in (await forum.open().whoami()).abilities.can

    async def test_looking_what_a_key_may_do_changes_nothing(self, forum):
        forum.write("ana", "hello")
        before = [(post.id, post.raw, post.version) for post in forum.server.posts.values()]
        await forum.open().whoami()
        assert [(post.id, post.raw, post.version) for post in forum.server.posts.values()] == before


class TestNotifications:
    async def test_many_answers_behind_one_notification_are_all_told(self, forum):
        ids = [forum.write("ana", f"n{number}") for number in range(45)]
        assert len(forum.server.notices) == 1
        reader = Reader(forum.open())
        assert incoming(await reader.read()) == ids
        more = forum.write("bob", "one more")
        assert incoming(await reader.read()) == [more]

    async def test_many_notifications_are_paged_through(self, forum):
        ana, host = forum.people["ana"], forum.server.add_user("host")
        topic = forum.server.open_topic(host, "Elsewhere", "Talk").topic
        ids = [str(forum.server.write(ana, topic, f"@brand n{number}").id) for number in range(150)]
        reader = Reader(forum.open())
        assert incoming(await reader.read()) == ids
        assert await reader.read() == []

    async def test_a_notification_taken_away_while_they_are_paged_skips_none(self, forum):
        ana, host = forum.people["ana"], forum.server.add_user("host")
        topic = forum.server.open_topic(host, "Elsewhere", "Talk").topic
        posts = [forum.server.write(ana, topic, f"@brand n{number}") for number in range(100)]
        whole = forum.wire.handle_async_request
        pages = []

        async def and_delete(request):
            answer = await whole(request)
            if request.url.path == "/notifications.json":
                pages.append(request.url.query)
                if len(pages) == 1:
                    for post in posts[-6:]:
                        forum.server.delete(post)
            return answer

        forum.wire.handle_async_request = and_delete
        found = incoming(await Reader(forum.open()).read())
        assert len(pages) >= 2
        assert set(found) >= {str(post.id) for post in posts[:-6]}

    @pytest.mark.parametrize(
        "page", [b'{"notifications": [], "total_rows_notifications": 150}', b'{"notifications": [{"id": 900}]}']
    )
    async def test_a_page_without_any_that_we_see_is_not_the_end(self, forum, page):
        ana, host = forum.people["ana"], forum.server.add_user("host")
        topic = forum.server.open_topic(host, "Elsewhere", "Talk").topic
        ids = [str(forum.server.write(ana, topic, f"@brand n{number}").id) for number in range(150)]
        body = page.replace(b"}]}", b'}], "total_rows_notifications": 150}')
        forum.faults.add("GET", "/notifications.json", "garble", body=body)
        assert set(incoming(await Reader(forum.open()).read())) >= set(ids[:100])

    async def test_a_forum_that_gives_the_same_page_for_ever_is_read_once(self, forum):
        forum.write("ana", "hello")
        page = b'{"notifications": [{"id": 900}], "total_rows_notifications": 9000000000}'
        forum.faults.add("GET", "/notifications.json", "garble", body=page, times=None)
        reader = Reader(forum.open())
        await reader.read()
        assert len(reader.set_aside) == 1

    async def test_talk_among_others_in_their_topic_is_not_ours(self, forum):
        ana, bob = forum.people["ana"], forum.people["bob"]
        topic = forum.server.open_topic(ana, "Theirs", "Talk").topic
        ours = forum.server.write(forum.us, topic, "we say so")
        answer = forum.server.write(bob, topic, "do you?", reply_to=ours.number)
        forum.server.write(ana, topic, "not to you", reply_to=answer.number)
        reader = Reader(forum.open())
        messages = wrote(await reader.read())
        assert [each.remote_id for each in messages if each.direction is Direction.IN] == [str(answer.id)]
        assert next(each for each in messages if each.remote_id == str(answer.id)).parent == str(ours.id)

    async def test_a_mention_a_quotation_and_an_answer_are_told_apart(self, forum):
        ana = forum.people["ana"]
        topic = forum.server.open_topic(ana, "Hello", "Is @brand here?").topic
        quoted = forum.server.write(forum.people["bob"], topic, '[quote="brand, post:1, topic:1"]\ngo\n[/quote]\nso?')
        messages = {each.remote_id: each for each in wrote(await Reader(forum.open()).read())}
        first = next(each for each in messages.values() if each.text == "Is @brand here?")
        assert (first.kind, first.parent, first.topic.title, first.topic.is_ours) == (
            Kind.MENTION,
            None,
            "Hello",
            False,
        )
        assert messages[str(quoted.id)].text == "> brand:\n> go\n\nso?"
        assert messages[str(quoted.id)].kind is Kind.MENTION

    async def test_likes_and_badges_are_no_news(self, forum):
        post = forum.server.write(forum.us, forum.topic, "ours")
        forum.server._tell(forum.us, 5, post, set())
        assert incoming(await Reader(forum.open()).read()) == []

    async def test_an_author_s_deletion_is_told_before_the_forum_removes_the_post(self, forum):
        post = forum.server.posts[int(forum.write("ana", "oops"))]
        reader = Reader(forum.open())
        await reader.read()
        post.user_deleted = True
        assert states(await reader.read()) == [(str(post.id), MessageState.REMOVED)]
        assert await reader.read() == []

    async def test_hidden_and_shown_again(self, forum):
        post = forum.server.posts[int(forum.write("ana", "hm"))]
        reader = Reader(forum.open())
        await reader.read()
        post.hidden = True
        assert states(await reader.read()) == [(str(post.id), MessageState.HIDDEN)]
        post.hidden = False
        assert states(await reader.read()) == [(str(post.id), MessageState.SHOWN)]

    async def test_a_topic_we_are_shut_out_of_stops_nothing(self, forum):
        topic = forum.server.open_topic(forum.people["ana"], "Secret", "@brand here").topic
        kept = forum.write("bob", "kept")
        forum.faults.add("GET", f"/t/{topic.id}.json", "status", status=403, body=b"{}", times=None)
        assert incoming(await Reader(forum.open()).read()) == [kept]


class TestPosts:
    async def test_named_categories_come_in(self, forum):
        wanted = forum.server.open_topic(forum.people["ana"], "In seven", "Something", category=7)
        forum.server.open_topic(forum.people["ana"], "In eight", "Something", category=8)
        assert incoming(await Reader(forum.open(settings={"categories": "7, 9"})).read()) == [str(wanted.id)]

    async def test_named_topics_come_in_however_many_posts_there_are(self, forum):
        topic = forum.server.open_topic(forum.people["ana"], "Watched", "Something", category=8).topic
        ids = [str(topic.id + 1)]
        ids += [str(forum.server.write(forum.people["bob"], topic, f"n{number}").id) for number in range(170)]
        reader = Reader(forum.open(settings={"topics": str(topic.id)}))
        assert incoming(await reader.read())[1:] == ids[1:]
        more = [str(forum.server.write(forum.people["bob"], topic, f"m{number}").id) for number in range(120)]
        assert incoming(await reader.read()) == more

    async def test_our_own_posts_made_elsewhere_are_edited_and_deleted(self, forum):
        post = forum.server.write(forum.us, forum.topic, "ours")
        reader = Reader(forum.open())
        await reader.read()
        forum.server.edit(post, "ours, better")
        assert [each.text for each in await reader.read() if isinstance(each, Edited)] == ["ours, better"]
        forum.server.delete(post)
        assert states(await reader.read()) == [(str(post.id), MessageState.REMOVED)]

    async def test_the_team_is_us(self, forum):
        forum.server.write(forum.people["bob"], forum.topic, "a colleague")
        assert incoming(await Reader(forum.open(settings={"team": "Bob"})).read()) == []


class TestPrivate:
    async def test_a_private_answer_to_a_post_opens_a_message_to_its_author(self, forum):
        network, message = await told(forum, forum.write("ana", "where is my parcel?"))
        act = forum.act(message, "Write us your number", verb=ActVerb.PRIVATE_REPLY, audience=Audience.DIRECT)
        assert await network.find(act) is None
        receipt = await network.perform(act)
        (fact,) = forum.ours()
        assert fact.private
        topic = forum.server.posts[int(receipt.remote_id)].topic
        assert topic.title == "Re: Spring & offers"
        assert [each.username for each in topic.allowed] == ["brand", "ana"]
        assert receipt.conversation == f"pm:{topic.id}"
        assert (await forum.open().find(act)).remote_id == receipt.remote_id

    async def test_a_lost_private_answer_is_found_by_person_and_words(self, forum):
        network, message = await told(forum, forum.write("ana", "where is my parcel?"))
        act = forum.act(message, "Write us your number", verb=ActVerb.PRIVATE_REPLY)
        forum.faults.add("POST", "/posts.json", "after")
        with pytest.raises(Unreachable):
            await network.perform(act)
        assert (await network.find(act)).remote_id == forum.ours()[0].remote_id
        assert (
            await network.find(act.model_copy(update={"people": (act.people[0].model_copy(update={"handle": "bob"}),)}))
            is None
        )

    async def test_with_an_administrator_s_key_the_message_carries_the_act_s_name(self, forum):
        network, message = await told(
            forum, forum.write("ana", "where is my parcel?"), secret="admin-key", settings={"username": "brand"}
        )
        act = forum.act(message, "Write us your number", verb=ActVerb.PRIVATE_REPLY, key="a" * 32)
        receipt = await network.perform(act)
        assert forum.server.posts[int(receipt.remote_id)].topic.external_id == "a" * 32
        await forum.clock.advance(3600)
        assert (await network.find(act)).remote_id == receipt.remote_id
        assert (await network.perform(act)).remote_id == receipt.remote_id
        assert len(forum.ours()) == 1


class TestDoubles:
    async def test_the_forum_s_refusal_of_a_double_is_the_proof_that_it_is_there(self, forum):
        network, message = await told(forum, forum.write("ana", "question"), secret=member(forum))
        act = forum.act(message, "the very same answer")
        first = await network.perform(act)
        assert (await network.perform(act)).remote_id == first.remote_id
        assert len(forum.ours()) == 1

    async def test_the_same_words_elsewhere_are_refused_and_not_taken_for_it(self, forum):
        first, second = forum.write("ana", "question"), forum.write("bob", "question")
        network = forum.open(secret=member(forum))
        messages = {each.remote_id: each for each in wrote(await Reader(network).read())}
        await network.perform(forum.act(messages[first], "the very same answer", key="a" * 32))
        with pytest.raises(Rejected) as caught:
            await network.perform(forum.act(messages[second], "the very same answer", key="b" * 32))
        assert "similar" in caught.value.message

    async def test_a_moderator_s_user_key_has_no_guard_so_looking_comes_first(self, forum):
        network, message = await told(forum, forum.write("ana", "question"))
        act = forum.act(message, "the answer")
        receipt = await network.perform(act)
        assert (await network.find(act)).remote_id == receipt.remote_id

    async def test_the_memory_of_an_administrator_s_key_makes_no_second_act_look_done(self, forum):
        network, message = await told(
            forum, forum.write("ana", "question"), secret="admin-key", settings={"username": "brand"}
        )
        first = await network.perform(forum.act(message, "thanks", key="a" * 32))
        again = forum.act(message, "thanks", key="b" * 32, spoken_for=frozenset({first.remote_id}))
        with pytest.raises(Rejected) as caught:
            await network.perform(again)
        assert caught.value.cure
        assert network.abilities.settle_s > 120

    async def test_what_fails_after_the_post_stands_does_not_send_it_again(self, forum):
        _network, message = await told(forum, forum.write("ana", "question"))
        fresh = forum.open()
        await fresh.whoami()
        forum.faults.add("GET", "*", "status", status=429, body=b"{}", times=None)
        receipt = await fresh.perform(forum.act(message, "the answer"))
        assert receipt.remote_id == forum.ours()[0].remote_id

    @pytest.mark.parametrize("body", [b"[]", b'{"topic_list": 5}', b'{"topic_list": {"topics": 5}}'])
    async def test_a_list_of_messages_that_is_none_settles_nothing(self, forum, body):
        network, message = await told(forum, forum.write("ana", "question"))
        forum.faults.add("GET", "/topics/private-messages-sent/*", "garble", body=body)
        with pytest.raises(Malformed):
            await network.find(forum.act(message, "Write us", verb=ActVerb.PRIVATE_REPLY))

    async def test_one_strange_message_in_the_list_hides_no_other(self, forum):
        network, message = await told(forum, forum.write("ana", "question"))
        forum.faults.add(
            "GET", "/topics/private-messages-sent/*", "garble", body=b'{"topic_list": {"topics": [{"id": "x"}, 5]}}'
        )
        assert await network.find(forum.act(message, "Write us", verb=ActVerb.PRIVATE_REPLY)) is None

    async def test_our_answer_is_found_among_many_answers(self, forum):
        question = forum.write("ana", "question")
        for number in range(50):
            forum.write("bob", f"me too {number}", reply_to=question)
        network, message = await told(forum, question)
        act = forum.act(message, "the answer")
        receipt = await network.perform(act)
        assert (await network.find(act)).remote_id == receipt.remote_id


class TestReview:
    async def test_what_waits_is_pending_and_can_be_approved(self, forum):
        entry = forum.server.wait(forum.people["ana"], "may I?", forum.topic)
        network, message = await told(forum, f"review:{entry.id}")
        assert (message.state, message.text, message.author.handle) == (MessageState.PENDING, "may I?", "ana")
        assert message.topic.title == "Spring & offers"
        act = forum.act(message, "", verb=ActVerb.UNHIDE)
        assert await network.find(act) is None
        receipt = await network.perform(act)
        assert (entry.status, receipt.state) == (1, MessageState.SHOWN)
        assert await network.find(act) is not None
        assert (await network.perform(act)).state is MessageState.SHOWN, "a second time is no error"

    @pytest.mark.parametrize("verb", [ActVerb.HIDE, ActVerb.DELETE])
    async def test_hiding_and_deleting_refuse(self, forum, verb):
        entry = forum.server.wait(forum.people["ana"], "pills", title="Buy pills")
        network, message = await told(forum, f"review:{entry.id}")
        assert message.text == "Buy pills\n\npills"
        act = forum.act(message, "", verb=verb)
        await network.perform(act)
        assert entry.status == 2
        assert (await network.find(act)) is not None
        assert await network.find(forum.act(message, "", verb=ActVerb.UNHIDE)) is None

    async def test_what_a_colleague_decided_leaves_the_queue(self, forum):
        good, bad = (forum.server.wait(forum.people["ana"], text, forum.topic) for text in ("good", "bad"))
        reader = Reader(forum.open())
        await reader.read()
        forum.server.decide(good, approve=True)
        forum.server.decide(bad, approve=False)
        assert states(await reader.read()) == [
            (f"review:{good.id}", MessageState.SHOWN),
            (f"review:{bad.id}", MessageState.REMOVED),
        ]
        assert states(await reader.read()) == []

    async def test_a_flagged_post_stays_or_goes(self, forum):
        posts = [forum.server.posts[int(forum.write("ana", text))] for text in ("fine", "foul")]
        fine, foul = (forum.server.flag(post) for post in posts)
        network = forum.open()
        messages = {each.remote_id: each for each in wrote(await Reader(network).read())}
        await network.perform(forum.act(messages[f"review:{fine.id}"], "", verb=ActVerb.UNHIDE))
        await network.perform(forum.act(messages[f"review:{foul.id}"], "", verb=ActVerb.DELETE))
        assert [post.stands for post in posts] == [True, False]

    async def test_it_is_read_to_its_end(self, forum):
        ids = [f"review:{forum.server.wait(forum.people['ana'], f'n{n}', forum.topic).id}" for n in range(35)]
        assert incoming(await Reader(forum.open()).read()) == ids

    async def test_who_may_not_see_it_asks_not(self, forum):
        forum.server.wait(forum.people["ana"], "may I?", forum.topic)
        assert incoming(await Reader(forum.open(secret=member(forum))).read()) == []
        assert ("GET", "/review.json") not in forum.server.requests

    async def test_nothing_else_is_done_to_what_is_no_post_yet(self, forum):
        entry = forum.server.wait(forum.people["ana"], "may I?", forum.topic)
        network, message = await told(forum, f"review:{entry.id}")
        with pytest.raises(Rejected):
            await network.perform(forum.act(message, "a long enough answer"))
        batch = await network.thread(forum.act(message, "").target)
        assert [each.remote_id for each in wrote(list(batch.changes))] == [f"review:{entry.id}"]


class TestActing:
    @pytest.mark.parametrize(
        ("verb", "look"),
        [
            (ActVerb.LIKE, lambda post: 2 in post.acts and bool(post.acts[2])),
            (ActVerb.HIDE, lambda post: post.hidden),
            (ActVerb.DELETE, lambda post: not post.stands),
            (ActVerb.REPORT, lambda post: bool(post.acts.get(4))),
            (ActVerb.BLOCK, lambda post: post.user.silenced),
        ],
    )
    async def test_a_verb_does_what_it_says_and_is_found(self, forum, verb, look):
        post = forum.server.posts[int(forum.write("ana", "hello"))]
        network, message = await told(forum, post)
        act = forum.act(message, "", verb=verb)
        assert await network.find(act) is None
        await network.perform(act)
        assert look(post)
        assert await network.find(act) is not None
        await network.perform(act)
        assert look(post), "a second time is no error"

    @pytest.mark.parametrize(
        ("there", "back"),
        [
            (ActVerb.LIKE, ActVerb.UNLIKE),
            (ActVerb.HIDE, ActVerb.UNHIDE),
            (ActVerb.DELETE, ActVerb.RESTORE),
            (ActVerb.MUTE, ActVerb.UNMUTE),
            (ActVerb.BLOCK, ActVerb.UNBLOCK),
        ],
    )
    async def test_and_is_taken_back(self, forum, there, back):
        network, message = await told(forum, forum.write("ana", "hello"))
        await network.perform(forum.act(message, "", verb=there))
        act = forum.act(message, "", verb=back)
        assert await network.find(act) is None
        await network.perform(act)
        assert await network.find(act) is not None
        assert await network.find(forum.act(message, "", verb=there)) is None

    @pytest.mark.parametrize(("reason", "kind"), [("spam", 8), ("off_topic", 3), (None, 4)])
    async def test_a_report_says_why(self, forum, reason, kind):
        post = forum.server.posts[int(forum.write("ana", "hello"))]
        network, message = await told(forum, post)
        await network.perform(forum.act(message, "", verb=ActVerb.REPORT, reason=reason))
        assert list(post.acts) == [kind]

    async def test_our_own_words_are_changed_those_of_others_are_not(self, forum):
        network, message = await told(forum, forum.write("ana", "hello"))
        with pytest.raises(Rejected):
            await network.perform(forum.act(message, "no", verb=ActVerb.EDIT))

    async def test_a_member_deletes_its_own_only(self, forum):
        post = forum.server.write(forum.us, forum.topic, "ours")
        network, message = await told(forum, post, secret=member(forum))
        await network.perform(forum.act(message, "", verb=ActVerb.DELETE))
        assert post.user_deleted
        network, theirs = await told(forum, forum.write("ana", "hello"))
        with pytest.raises(Forbidden):
            await network.perform(forum.act(theirs, "", verb=ActVerb.DELETE))

    async def test_an_answer_that_a_moderator_must_let_through_is_said_to_wait(self, forum):
        network, message = await told(forum, forum.write("ana", "hello"))
        forum.us.watched = True
        forum.forgive()  # the document knows this answer not
        act = forum.act(message, "the answer")
        assert await network.find(act) is None
        receipt = await network.perform(act)
        assert (receipt.remote_id, receipt.state) == (None, MessageState.PENDING)
        assert (await network.find(act)).state is MessageState.PENDING
        assert await network.find(forum.act(message, "another")) is None

    async def test_a_thread_is_what_stands_around_the_post(self, forum):
        ids = [forum.write("ana", f"n{number}") for number in range(3)]
        network, message = await told(forum, ids[1])
        batch = await network.thread(forum.act(message, "").target)
        found = {each.remote_id: each for each in wrote(list(batch.changes))}
        assert set(ids) <= set(found)
        assert [found[number].addressed for number in ids] == [False, True, False]
        forum.server.posts[int(ids[1])].user_deleted = True
        with pytest.raises(Gone):
            await network.thread(forum.act(message, "").target)


class TestErrors:
    async def test_too_short_is_refused_in_the_forum_s_words(self, forum):
        forum.server.min_length = 20
        network, message = await told(forum, forum.write("ana", "hello"))
        with pytest.raises(Rejected, match="too short"):
            await network.perform(forum.act(message, "no"))

    async def test_a_limit_is_read_out_of_the_body_too(self, forum):
        network = forum.open()
        await network.whoami()
        body = b'{"errors": ["Slow down"], "error_type": "rate_limit", "extras": {"wait_seconds": 17}}'
        forum.faults.add("GET", "/notifications.json", "status", status=429, body=body)
        with pytest.raises(RateLimited) as caught:
            await Reader(network).read()
        assert caught.value.until == forum.clock.now() + timedelta(seconds=17)

    @pytest.mark.parametrize(
        "extras", [b"5", b"null", b'{"wait_seconds": "soon"}', b'{"wait_seconds": -1}', b'{"wait_seconds": 1e999}']
    )
    async def test_a_limit_that_says_nonsense_waits_all_the_same(self, forum, extras):
        network = forum.open()
        await network.whoami()
        body = b'{"errors": ["Slow down"], "extras": ' + extras + b"}"
        forum.faults.add("GET", "/notifications.json", "status", status=429, body=body)
        with pytest.raises(RateLimited):
            await Reader(network).read()

    async def test_a_refusal_with_a_good_key_is_no_ended_key(self, forum):
        network, message = await told(forum, forum.write("ana", "hello"))
        body = b'{"errors": ["You are not permitted."], "error_type": "invalid_access"}'
        forum.faults.add("POST", "/posts.json", "status", status=403, body=body)
        with pytest.raises(Forbidden) as caught:
            await network.perform(forum.act(message, "the answer"))
        assert "not permitted" in caught.value.message
        forum.revoke()
        with pytest.raises(AuthExpired):
            await network.perform(forum.act(message, "the answer"))


class TestTexts:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ('[quote="ana, post:1, topic:2"]\nwas that\nso?\n[/quote]\nYes.', "> ana:\n> was that\n> so?\n\nYes."),
            ("[quote]\na [quote]\nb\n[/quote]\n[/quote]", "> a > b"),
            ("see ![a blue truck|690x388](upload://abc.png) there", "see [image: a blue truck] there"),
            ("![](x.png)", "[image]"),
            ("[quote] never closed", "[quote] never closed"),
            ("a\r\nb\rc", "a\nb\nc"),
        ],
    )
    def test_markdown(self, raw, text):
        assert from_raw(raw) == text

    @pytest.mark.parametrize(
        ("cooked", "text"),
        [
            ('<p>Hi <img class=\'x\' src="a.png" alt="a truck"></p>', "Hi [image: a truck]"),
            ('<p>Well <img class="emoji" alt=":smile:" src="s.png"></p>', "Well :smile:"),
            ("<blockquote><p>was that<br>so?</p></blockquote><p>Yes</p>", "> was that\n> so?\n\nYes"),
            ('<p><a class="mention" href="/u/ana">@ana</a> look</p>', "@ana look"),
            ('<aside class="onebox"><a href="https://a.example/x">A page</a></aside>', "A page (https://a.example/x)"),
            ("<p>1 &lt; 2 <script>alert(1)</script></p>", "1 < 2"),
        ],
    )
    def test_html(self, cooked, text):
        assert from_cooked(cooked) == text

    @pytest.mark.parametrize("piece", ["[quote]", "[/quote]", "![", "![a](", "<img ", "<blockquote>", '[quote="'])
    def test_a_text_made_to_take_for_ever_loses_nothing(self, piece):
        assert from_raw(piece * 3000) == (piece * 3000).strip()
        assert from_cooked(f"{piece * 3000}<p>the end</p>").endswith("the end")
