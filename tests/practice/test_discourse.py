"""The practice forum keeps true books and behaves as its source says."""

import json

import httpx
import pytest

from cminbox.clock import SimulatedClock
from cminbox.practice.discourse import DiscourseServer
from cminbox.practice.discourse_scene import DiscourseScene
from cminbox.practice.scene import Answer
from cminbox.practice.transport import PracticeTransport


@pytest.fixture
def forum():
    server = DiscourseServer(SimulatedClock())
    server.min_length = 5
    return server


async def call(server, method, path, *, key="", body=None, headers=None, **params):
    transport = PracticeTransport(server, server.clock)
    given = headers if headers is not None else {"user-api-key": key}
    async with httpx.AsyncClient(transport=transport, base_url=server.root, headers=given) as client:
        answer = await client.request(method, path, json=body, params=params)
    assert transport.crashes == []
    return answer


async def test_a_key_opens_what_its_login_may(forum):
    ana, bob = forum.add_user("ana"), forum.add_user("bob")
    key = forum.issue_key(ana)
    secret = forum.open_topic(bob, "Between us", "secret", to=[])
    assert (await call(forum, "GET", "/session/current.json", key=key)).json()["current_user"]["username"] == "ana"
    assert (await call(forum, "GET", f"/posts/{secret.id}.json", key=key)).status_code == 403
    assert (await call(forum, "GET", "/review.json", key=key)).status_code == 403
    assert (await call(forum, "GET", "/nowhere.json", key=key)).status_code == 404
    forum.revoke(key)
    refused = await call(forum, "GET", "/session/current.json", key=key)
    assert (refused.status_code, refused.json()["error_type"]) == (403, "invalid_access")


async def test_a_key_does_what_it_was_made_for_and_gives_way_to_the_next_of_its_program(forum):
    ana = forum.add_user("ana")
    topic = forum.open_topic(ana, "Hello", "hello").topic
    body = {"topic_id": topic.id, "raw": "something"}
    only_reads = forum.issue_key(ana, frozenset({"read"}), "mine")
    assert (await call(forum, "GET", f"/t/{topic.id}.json", key=only_reads)).status_code == 200
    assert (await call(forum, "POST", "/posts.json", key=only_reads, body=body)).status_code == 403
    assert (await call(forum, "PUT", "/posts/0.json", key=only_reads, body={"post": {"raw": "-"}})).status_code == 403
    whole = forum.issue_key(ana, frozenset({"read", "write"}), "mine")
    assert (await call(forum, "GET", f"/t/{topic.id}.json", key=only_reads)).status_code == 403
    assert (await call(forum, "PUT", "/posts/0.json", key=whole, body={"post": {"raw": "-"}})).status_code == 404
    assert (await call(forum, "POST", "/posts.json", key=whole, body=body)).status_code == 200


async def test_the_page_for_keys_sends_to_the_login_what_is_in_order(forum):
    answer = await call(forum, "HEAD", "/user-api-key/new")
    assert (answer.status_code, answer.headers["auth-api-version"]) == (200, "4")
    asked = {"public_key": "p", "nonce": "n", "scopes": "read,write", "client_id": "c", "application_name": "a"}
    assert (await call(forum, "GET", "/user-api-key/new", **asked)).headers["location"] == "/login"
    assert (await call(forum, "GET", "/user-api-key/new", **{**asked, "nonce": ""})).status_code == 400
    assert (await call(forum, "GET", "/user-api-key/new", **{**asked, "scopes": "read,all"})).status_code == 200
    there = {**asked, "auth_redirect": "https://elsewhere.example/"}
    assert (await call(forum, "GET", "/user-api-key/new", **there)).status_code == 200
    forum.desk.redirects = ("https://*.example/",)
    assert (await call(forum, "GET", "/user-api-key/new", **there)).status_code == 302


async def test_the_newest_posts_come_first_fifty_at_once_below_a_number(forum):
    ana = forum.add_user("ana")
    topic = forum.open_topic(ana, "Hello", "hello").topic
    for number in range(70):
        forum.write(ana, topic, f"n{number}")
    key = forum.issue_key(ana)
    page = [each["id"] for each in (await call(forum, "GET", "/posts.json", key=key)).json()["latest_posts"]]
    assert page == list(range(71, 21, -1))
    page = [each["id"] for each in (await call(forum, "GET", "/posts.json", key=key, before=21)).json()["latest_posts"]]
    assert page == list(range(21, 0, -1))


def test_answers_in_a_topic_are_one_notification_about_the_first(forum):
    ana, bob = forum.add_user("ana"), forum.add_user("bob")
    topic = forum.open_topic(ana, "Hello", "hello").topic
    first = forum.write(bob, topic, "one")
    forum.write(bob, topic, "two")
    assert [(each.user, each.post) for each in forum.notices.values()] == [(ana, first)]
    assert list(forum.notices) == [2], "a new one takes the place of the old one"
    forum.write(bob, topic, "@ana three")
    assert len(forum.notices) == 2


async def test_the_same_words_are_refused_for_five_minutes_but_not_to_moderators(forum):
    ana, mod = forum.add_user("ana"), forum.add_user("mod", moderator=True)
    topic = forum.open_topic(mod, "Hello", "hello").topic
    body = {"topic_id": topic.id, "raw": "the same"}
    statuses = []
    for key in (forum.issue_key(ana), forum.issue_key(mod)):
        for _time in range(2):
            statuses.append((await call(forum, "POST", "/posts.json", key=key, body=body)).status_code)
    assert statuses == [200, 422, 200, 200]
    await forum.clock.advance(301)
    key = forum.issue_key(ana)
    assert (await call(forum, "POST", "/posts.json", key=key, body=body)).status_code == 200


async def test_an_administrator_s_key_is_answered_from_memory(forum):
    mod = forum.add_user("mod", moderator=True)
    topic = forum.open_topic(mod, "Hello", "hello").topic
    body, headers = {"topic_id": topic.id, "raw": "the same"}, {"api-key": forum.admin_key, "api-username": "mod"}
    ids = []
    for wait in (0, 60, 61):
        await forum.clock.advance(wait)
        ids.append((await call(forum, "POST", "/posts.json", body=body, headers=headers)).json()["id"])
    assert ids[0] == ids[1] != ids[2]


async def test_too_short_too_long_and_silenced(forum):
    ana = forum.add_user("ana")
    topic = forum.open_topic(ana, "Hello", "hello").topic
    key, forum.max_length = forum.issue_key(ana), 20

    async def post(raw):
        body = {"topic_id": topic.id, "raw": raw}
        return await call(forum, "POST", "/posts.json", key=key, body=body)

    assert "too short" in json.dumps((await post("no")).json())
    assert "limited to 20" in json.dumps((await post("x" * 21)).json())
    ana.silenced = True
    assert (await post("long enough")).status_code == 403


async def test_a_decision_needs_the_version_that_was_seen(forum):
    mod = forum.add_user("mod", moderator=True)
    entry = forum.wait(forum.add_user("ana"), "may I?", title="A question")
    key = forum.issue_key(mod)
    path = f"/review/{entry.id}/perform/approve_post.json"
    assert (await call(forum, "PUT", path, key=key, version=7)).status_code == 409
    assert (await call(forum, "PUT", path, key=key, version=0)).status_code == 200
    assert [each.raw for each in forum.posts.values()] == ["may I?"]
    assert (await call(forum, "PUT", path, key=key, version=1)).status_code == 403


async def test_the_scene_counts_what_stands_there():
    clock = SimulatedClock()
    scene = DiscourseScene(clock, "Lumen")
    topic = scene.our_post("News\nA new lamp")
    comment = scene.comment("ana.lopez3", "where?", topic)
    mention = scene.mention("bob", "hello")
    private = scene.direct("ana.lopez3", "my number is 5")
    assert scene.direct("ana.lopez3", "and 6") != private
    assert set(scene.written()) >= {comment, mention, private}
    scene.delete(mention)
    assert mention not in scene.written()
    server = scene._server
    post = server.posts[int(comment)]
    ours = server.write(server.user("lumen"), post.topic, "here", reply_to=post.number)
    assert scene.answers() == (Answer(str(ours.id), comment, "here"),)
    scene.edit(comment, "where is it?")
    assert post.raw == "where is it?"
    old = scene.login.secret
    scene.expire()
    assert scene.renew() != old
