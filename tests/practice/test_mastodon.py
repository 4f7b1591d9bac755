"""The practice Mastodon server: its books are true, and it is as strict as a real one."""

import asyncio
import json

import httpx
import pytest

from cminbox.clock import SimulatedClock
from cminbox.practice.mastodon import GoToSocial, MastodonServer
from cminbox.practice.mastodon_books import Filter
from cminbox.practice.transport import PracticeTransport


@pytest.fixture
def clock():
    return SimulatedClock()


@pytest.fixture
def server(clock):
    return MastodonServer(clock)


@pytest.fixture
def brand(server):
    return server.add_person("brand")


@pytest.fixture
def ana(server):
    return server.add_person("ana")


@pytest.fixture
async def client(server, clock, brand):
    wire = PracticeTransport(server, clock)
    headers = {"authorization": f"Bearer {server.issue_token(brand)}"}
    async with httpx.AsyncClient(transport=wire, base_url="https://social.example", headers=headers) as client:
        yield client
    await wire.aclose()
    assert wire.crashes == []


async def say(client, text, **more):
    key = more.pop("key", None)
    headers = {"idempotency-key": key} if key else {}
    return await client.post("/api/v1/statuses", json={"status": text, **more}, headers=headers)


async def test_the_books_tell_what_exists(server, brand, ana, client):
    played = server.post(ana, "@brand hi")
    answer = (await say(client, "@ana hello", in_reply_to_id=played.id, key="k1")).json()
    (post,) = server.statuses_by(brand)
    assert (post.id, post.parent, post.key, post.by_api) == (answer["id"], played, "k1", True)
    assert (played.key, played.by_api) == (None, False)
    await client.delete(f"/api/v1/statuses/{post.id}")
    assert server.statuses_by(brand) == []
    assert not post.exists


async def test_doubles_are_counted(server, brand, ana, client):
    played = server.post(ana, "@brand hi")
    for _turn in range(2):
        await say(client, "@ana hello", in_reply_to_id=played.id)
    await say(client, "@ana other", in_reply_to_id=played.id)
    assert [[post.text for post in group] for group in server.doubles_of(brand)] == [["@ana hello"] * 2]
    assert server.doubles_of(ana) == []


async def test_a_key_makes_one_post_within_the_hour(server, brand, clock, client):
    first = (await say(client, "hello", key="k")).json()["id"]
    assert (await say(client, "hello", key="k")).json()["id"] == first
    await clock.advance(3601)
    assert (await say(client, "hello", key="k")).json()["id"] != first
    assert len(server.statuses_by(brand)) == 2


async def test_keys_belong_to_one_person(server, brand, ana, clock, client):
    await say(client, "hello", key="k")
    headers = {"authorization": f"Bearer {server.issue_token(ana)}"}
    async with httpx.AsyncClient(
        transport=PracticeTransport(server, clock), base_url="https://social.example", headers=headers
    ) as other:
        await say(other, "hello", key="k")
    assert len(server.statuses_by(brand)) == len(server.statuses_by(ana)) == 1


async def test_a_server_can_ignore_keys(server, brand, client):
    server.honours_keys = False
    for _turn in range(2):
        await say(client, "hello", key="k")
    assert len(server.statuses_by(brand)) == 2


def test_the_same_play_gives_the_same_ids_and_another_seed_others():
    def play(seed):
        server = MastodonServer(SimulatedClock(), seed=seed)
        ana = server.add_person("ana")
        return [server.post(ana, str(n)).id for n in range(20)]

    assert play(1) == play(1)
    assert play(1) != play(2)
    assert play(1) == sorted(set(play(1)), key=int)


async def test_tokens_expire_and_are_revoked_and_renewed(server, brand, clock, client):
    short, other = server.issue_token(brand, lasts_s=60), server.issue_token(brand)

    async def asked(token):
        answer = await client.get("/api/v1/accounts/verify_credentials", headers={"authorization": f"Bearer {token}"})
        return answer.status_code, answer.json().get("error")

    assert await asked(short) == (200, None)
    await clock.advance(60)
    assert await asked(short) == (401, "The access token expired")
    server.revoke(other)
    assert await asked(other) == (401, "The access token was revoked")
    assert await asked("nonsense") == (401, "The access token is invalid")
    assert await asked(server.issue_token(brand)) == (200, None)
    assert server.refused[401] == 3


async def test_rights_are_kept(server, brand, client):
    client.headers["authorization"] = f"Bearer {server.issue_token(brand, scopes='read:statuses')}"
    answer = await say(client, "hello")
    assert (answer.status_code, answer.json()) == (403, {"error": "This action is outside the authorized scopes"})
    del client.headers["authorization"]
    assert (await say(client, "hello")).status_code == 401
    assert (await client.get("/api/v2/instance")).status_code == 200
    assert server.statuses_by(brand) == []


async def test_limits_are_counted_on_the_practice_clock(server, clock, client):
    server.limits = {"": (3, 60.0), "DELETE": (1, 600.0)}
    answers = [await client.get("/api/v1/notifications") for _turn in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-reset"] == "2026-03-02T09:01:00Z"
    await clock.advance(60)
    assert (await client.get("/api/v1/notifications")).status_code == 200
    deletions = [(await client.delete("/api/v1/statuses/1")).status_code for _turn in range(2)]
    assert deletions == [404, 429]


@pytest.mark.parametrize("status", ["x" * 501, "", "   "])
async def test_texts_are_checked(server, brand, client, status):
    assert (await say(client, status)).status_code == 422
    assert server.statuses_by(brand) == []


async def test_links_and_hosts_count_as_on_mastodon(client):
    link = "https://example.com/" + "x" * 600
    assert (await say(client, f"{link} @bob@a-very-long-host.example {'y' * 460}")).status_code == 200
    assert (await say(client, f"{link} @bob@a-very-long-host.example {'y' * 480}")).status_code == 422


async def test_private_posts_are_for_their_people(server, brand, ana, client):
    bob = server.add_person("bob")
    secret = server.post(ana, "@bob psst", visibility="direct")
    shared = server.post(ana, "@brand psst", visibility="direct")
    assert bob in secret.mentions
    assert (await client.get(f"/api/v1/statuses/{secret.id}")).status_code == 404
    assert (await client.get(f"/api/v1/statuses/{shared.id}")).status_code == 200
    assert (await say(client, "x", in_reply_to_id=secret.id)).status_code == 404
    talks = (await client.get("/api/v1/conversations")).json()
    assert [talk["last_status"]["id"] for talk in talks] == [shared.id]


async def test_pages_are_cut_as_mastodon_does(server, ana, client):
    posts = [server.post(ana, f"@brand {n}").id for n in range(10)]

    async def page(**params):
        answer = await client.get("/api/v1/notifications", params={"limit": 3, **params})
        return [n["status"]["id"] for n in answer.json()], answer

    newest, answer = await page()
    assert newest == posts[:6:-1]
    assert 'rel="next"' in answer.headers["link"]
    ids = [notice.id for notice in server.notices]
    assert (await page(max_id=ids[7]))[0] == posts[6:3:-1]
    assert (await page(min_id=ids[2]))[0] == posts[5:2:-1], "min_id: just after"
    assert (await page(since_id=ids[2]))[0] == newest, "since_id: the newest"


async def test_muted_and_blocked_people_are_not_heard(server, brand, ana, client):
    await client.post(f"/api/v1/accounts/{ana.id}/mute")
    server.post(ana, "@brand hi")
    assert (await client.get("/api/v1/notifications")).json() == []


async def test_a_deletion_takes_its_notifications_along(server, ana, client):
    post = server.post(ana, "@brand hi")
    server.delete(post)
    assert (await client.get("/api/v1/notifications")).json() == []
    assert (await client.get(f"/api/v1/statuses/{post.id}")).status_code == 404


async def test_children_of_the_deleted_lose_their_parent(server, ana, client):
    root = server.post(ana, "@brand one")
    middle = server.post(ana, "@brand two", in_reply_to=root)
    leaf = server.post(ana, "@brand three", in_reply_to=middle)
    server.delete(middle)
    told = (await client.get(f"/api/v1/statuses/{leaf.id}")).json()
    assert told["in_reply_to_id"] is None
    context = (await client.get(f"/api/v1/statuses/{leaf.id}/context")).json()
    assert context == {"ancestors": [], "descendants": []}


async def test_the_stream_tells_and_beats(server, brand, ana, clock, client):
    heard = []

    async def listen():
        async with client.stream("GET", "/api/v1/streaming/user", timeout=None) as stream:
            heard.extend([part async for part in stream.aiter_raw()])

    task = asyncio.ensure_future(listen())
    for _turn in range(50):
        await asyncio.sleep(0)
    assert server.listeners == 1
    server.post(ana, "@brand hi")
    for _turn in range(50):
        await asyncio.sleep(0)
    await clock.advance(15)
    for _turn in range(50):
        await asyncio.sleep(0)
    server.end_streams(brand)
    await task
    assert heard[0] == b":)\n"
    event, data = heard[1].decode().splitlines()[:2]
    assert event == "event: notification"
    assert json.loads(data.removeprefix("data: "))["type"] == "mention"
    assert b":thump\n" in heard
    assert server.listeners == 0


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/api/v1/unknown"), ("POST", "/api/v1/notifications")]
)
async def test_what_is_not_there_is_a_404(client, method, path):
    assert (await client.request(method, path)).status_code == 404


async def test_nonsense_bodies_are_refused(client):
    answer = await client.post("/api/v1/statuses", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400
    answer = await client.post("/api/v1/statuses", data={"status": "a form"})
    assert answer.status_code == 200


async def test_mentions_come_in_groups_of_one(server, brand, ana, client):
    first, second = server.post(ana, "@brand one"), server.post(ana, "@brand two")
    server.notify(brand, "follow_request", ana)
    page = (await client.get("/api/v2/notifications", params={"types[]": "mention"})).json()
    assert [group["status_id"] for group in page["notification_groups"]] == [second.id, first.id]
    assert {status["id"] for status in page["statuses"]} == {first.id, second.id}
    assert [account["id"] for account in page["accounts"]] == [ana.id]
    kinds = [notice["type"] for notice in (await client.get("/api/v1/notifications")).json()]
    assert kinds == ["follow_request", "mention", "mention"]


async def test_filters_are_told_to_their_owner_alone(server, brand, ana, client):
    brand.filters.append(Filter("7", "Rude words", "DARN"))
    post = server.post(ana, "@brand darn")
    (result,) = (await client.get(f"/api/v1/statuses/{post.id}")).json()["filtered"]
    assert (result["filter"]["title"], result["filter"]["filter_action"]) == ("Rude words", "warn")
    client.headers["authorization"] = f"Bearer {server.issue_token(ana)}"
    assert (await client.get(f"/api/v1/statuses/{post.id}")).json()["filtered"] == []


async def test_hashtags_and_words_are_found_in_public_posts(server, ana, client):
    post = server.post(ana, "a #Lamp here")
    server.post(ana, "a #lamp for few", visibility="private")
    server.post(ana, "a #lamps shop")
    tagged = (await client.get("/api/v1/timelines/tag/lamp")).json()
    assert [status["id"] for status in tagged] == [post.id]
    query = {"q": "LAMP HERE", "type": "statuses"}
    assert [s["id"] for s in (await client.get("/api/v2/search", params=query)).json()["statuses"]] == [post.id]
    server.searches = False
    assert (await client.get("/api/v2/search", params=query)).json()["statuses"] == []


async def test_a_server_of_another_make(clock):
    server = GoToSocial(clock)
    brand, ana = server.add_person("brand"), server.add_person("ana")
    posts = []
    for number in range(30):
        posts.append(server.post(ana, f"@brand {number}").id)
        await clock.advance(0.001)
    assert posts == sorted(posts)
    assert {len(post) for post in posts} == {26}
    wire = PracticeTransport(server, clock)
    headers = {"authorization": f"Bearer {server.issue_token(brand)}"}
    async with httpx.AsyncClient(transport=wire, base_url="https://social.example", headers=headers) as client:
        page = (await client.get("/api/v1/notifications", params={"limit": 3})).json()
        assert [notice["status"]["id"] for notice in page] == posts[:-4:-1]
        older = (await client.get("/api/v1/notifications", params={"limit": 3, "max_id": page[-1]["id"]})).json()
        assert [notice["status"]["id"] for notice in older] == posts[-4:-7:-1]
        for path in ("/api/v2/notifications", "/api/v1/streaming/user", "/api/v1/apps/verify_credentials"):
            assert (await client.get(path)).status_code == 404, path
        assert "api_versions" not in (await client.get("/api/v2/instance")).json()
        assert (await say(client, "x", key="k")).json()["id"] != (await say(client, "x", key="k")).json()["id"]
    await wire.aclose()
