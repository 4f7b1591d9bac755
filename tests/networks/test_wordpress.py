"""What only WordPress does: discovery, the moderation queue, states, rights, posts as topics, marks on what we send."""

from datetime import timedelta

import pytest

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, RateLimited, Rejected
from cminbox.model.base import ActVerb, MessageState
from cminbox.model.changes import Edited, Removed
from cminbox.practice.wordpress_books import AUTHOR

from .rig import Reader, wrote
from .wordpress_rig import WordPressRig


@pytest.fixture
async def site():
    rig = WordPressRig()
    yield rig
    await rig.close()


class Unchecked(WordPressRig):
    """The reference tables know one place of the interface, and not all that can be asked there."""

    by_the_tables = False


@pytest.fixture
async def anywhere():
    rig = Unchecked()
    yield rig
    await rig.close()


async def told(rig, remote_id, **options):
    """A comment as a fresh connector tells it, with that connector."""
    network = rig.open(**options)
    messages = wrote(await Reader(network).read())
    return network, next(message for message in messages if message.remote_id == str(remote_id))


def states(changes):
    return [(change.remote_id, change.state) for change in changes if isinstance(change, Removed)]


class TestDiscovery:
    @pytest.mark.parametrize(
        "address",
        [
            "https://blog.example",
            "blog.example/",
            "https://blog.example/spring-offers/?utm=1#comment-3",
            "https://blog.example/wp-admin/edit-comments.php",
            "https://blog.example/wp-json/wp/v2/comments",
            "https://brand@blog.example/a/b/c",
        ],
    )
    async def test_any_address_of_the_site_will_do(self, anywhere, address):
        profile = await anywhere.open(url=address).whoami()
        assert profile.author.remote_id == "user:1@blog.example"
        assert profile.author.handle == "brand@blog.example"
        assert profile.server == "Practice"

    @pytest.mark.parametrize("announces", [True, False])
    @pytest.mark.parametrize("plain", [True, False])
    @pytest.mark.parametrize("folder", ["", "/club/blog"])
    async def test_wherever_it_is_installed_and_whatever_it_says(self, anywhere, announces, plain, folder):
        anywhere.server.announces, anywhere.server.plain_links, anywhere.server.folder = announces, plain, folder
        comment = anywhere.server.visit("Ana", "hello", anywhere.post)
        network, message = await told(anywhere, comment.id, url=f"https://blog.example{folder}/some-post/")
        assert message.topic.title == "Spring & offers"
        await network.perform(anywhere.act(message, "the answer"))
        assert [fact.text for fact in anywhere.ours()] == ["the answer"]
        assert (await network.whoami()).author.remote_id == f"user:1@blog.example{folder}"

    async def test_the_password_goes_to_the_interface_alone(self, anywhere):
        seen = []
        whole = anywhere.wire.handle_async_request

        async def note(request):
            seen.append((request.url.path, "authorization" in request.headers))
            return await whole(request)

        anywhere.wire.handle_async_request = note
        await anywhere.open(url="https://blog.example/a-post/").whoami()
        assert dict(seen) == {"/a-post/": False, "/wp-json/": False, "/wp-json/wp/v2/users/me": True}

    async def test_what_is_no_wordpress_says_so(self, anywhere):
        anywhere.faults.add("*", "*", "status", times=None, status=404, body=b"<html>")
        with pytest.raises(Malformed) as caught:
            await anywhere.open(url="https://blog.example/x").whoami()
        assert "blog.example" in caught.value.message
        assert caught.value.cure

    async def test_a_site_that_moved_names_its_new_place(self, anywhere):
        moved = (("location", "https://www.blog.example/"),)
        anywhere.faults.add("GET", "/", "status", times=None, status=301, headers=moved)
        with pytest.raises(Rejected) as caught:
            await anywhere.open().whoami()
        assert "www.blog.example" in caught.value.message

    async def test_a_web_server_that_keeps_the_login_is_explained(self, anywhere):
        anywhere.server.passes_logins = False
        with pytest.raises(AuthExpired) as caught:
            await anywhere.open().whoami()
        assert "Authorization" in caught.value.cure

    @pytest.mark.parametrize("secret", ["brand", "brand:", ":pass word 0001"])
    async def test_a_secret_is_a_name_and_a_password(self, anywhere, secret):
        with pytest.raises(AuthExpired) as caught:
            await anywhere.open(secret=secret).whoami()
        assert caught.value.cure

    async def test_spaces_in_the_password_do_not_count(self, anywhere):
        assert await anywhere.open(secret=anywhere.secret.replace(" ", "")).whoami()


class TestTopics:
    async def test_the_post_is_the_topic(self, site):
        _network, message = await told(site, site.server.visit("Ana", "hello", site.post).id)
        topic = message.topic
        assert (topic.key, topic.title, topic.text) == ("post:1", "Spring & offers", "Everything must go")
        assert topic.url == "https://blog.example/spring-offers/"
        assert [(media.type, media.alt) for media in topic.media] == [("image", "a blue truck")]
        assert topic.is_ours
        assert topic.author.name == "The Brand"
        assert message.conversation is None
        assert message.parent is None

    async def test_pages_have_a_list_of_their_own(self, anywhere):
        page = anywhere.server.publish(anywhere.us, "About us", kind="page")
        _network, message = await told(anywhere, anywhere.server.visit("Ana", "hello", page).id)
        assert message.topic.title == "About us"

    async def test_posts_are_asked_for_together_and_once(self, site):
        posts = [site.server.publish(site.us, f"Post {number}") for number in range(5)]
        for post in posts:
            site.server.visit("Ana", f"under {post.title}", post)
        reader = Reader(site.open())
        await reader.read()
        site.server.visit("Bob", "again", posts[0])
        await reader.read()
        assert sum(path == "/wp-json/wp/v2/posts" for _method, path in site.server.requests) == 1

    async def test_a_post_that_may_not_be_read_is_known_by_its_address(self, site):
        site.faults.add("GET", "/wp-json/wp/v2/posts", "status", status=403, body=b"{}")
        _network, message = await told(site, site.server.visit("Ana", "hello", site.post).id)
        assert (message.topic.key, message.topic.title) == ("post:1", "")
        assert message.topic.url == "https://blog.example/spring-offers/"


class TestStates:
    async def test_what_waits_for_approval_says_so(self, site):
        held = site.server.visit("Ana", "may I?", site.post, status="hold")
        _network, message = await told(site, held.id)
        assert message.state is MessageState.PENDING
        assert message.addressed

    async def test_spam_and_trash_are_no_news(self, site):
        spam = site.server.visit("Eve", "pills", site.post, status="spam")
        trash = site.server.visit("Eve", "more pills", site.post, status="trash")
        reader = Reader(site.open())
        messages = {message.remote_id: message for message in wrote(await reader.read())}
        assert str(trash.id) not in messages
        assert messages[str(spam.id)].state is MessageState.HIDDEN
        assert not messages[str(spam.id)].addressed
        site.server.set_status(spam, "approved")
        site.server.set_status(trash, "hold")
        later = wrote(await reader.read())
        assert [(message.remote_id, message.state, message.addressed) for message in later] == [
            (str(spam.id), MessageState.SHOWN, True),
            (str(trash.id), MessageState.PENDING, True),
        ]

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("hold", MessageState.PENDING),
            ("spam", MessageState.HIDDEN),
            ("trash", MessageState.REMOVED),
            ("post-trashed", MessageState.HIDDEN),
        ],
    )
    async def test_a_new_state_is_told_once(self, site, status, state):
        comment = site.server.visit("Ana", "hello", site.post)
        reader = Reader(site.open())
        await reader.read()
        site.server.set_status(comment, status)
        assert set(states(await reader.read())) == {(str(comment.id), state)}
        assert await reader.read() == []

    async def test_an_edit_and_an_approval_at_once(self, site):
        comment = site.server.visit("Ana", "helo", site.post, status="hold")
        reader = Reader(site.open())
        await reader.read()
        site.server.set_status(comment, "approved")
        comment.raw = "hello"
        changes = await reader.read()
        assert (str(comment.id), MessageState.SHOWN) in states(changes)
        assert [change.text for change in changes if isinstance(change, Edited)] == ["hello"]

    async def test_the_queue_is_watched_however_old_it_is(self, site):
        old = site.server.visit("Ana", "in the queue for weeks", site.post, status="hold")
        gone = site.server.visit("Bob", "and this", site.post, status="hold")
        await site.clock.advance(20 * 86400)
        for number in range(120):
            site.server.visit("Cleo", f"n{number}", site.post)
        reader = Reader(site.open())
        messages = {message.remote_id: message for message in wrote(await reader.read())}
        assert messages[str(old.id)].state is MessageState.PENDING
        site.server.set_status(old, "approved")
        site.server.delete(gone)
        changes = await reader.read()
        assert states(changes) == [(str(old.id), MessageState.SHOWN), (str(gone.id), MessageState.REMOVED)]
        assert await reader.read() == []


class TestWalk:
    async def test_deletions_for_good_open_no_gap(self, site):
        comments = [site.server.visit("Ana", f"n{number}", site.post) for number in range(230)]
        reader = Reader(site.open())
        await reader.read()
        for comment in comments[:200]:
            site.server.delete(comment)
        new = [site.server.visit("Bob", f"new{number}", site.post) for number in range(150)]
        found = [message.remote_id for message in wrote(await reader.read())]
        assert found == [str(comment.id) for comment in new]

    async def test_what_is_approved_late_is_found_by_who_sees_approved_ones_only(self, site):
        author = site.server.add_user("ines", rights=AUTHOR)
        late = site.server.visit("Ana", "late", site.post, status="hold")
        for number in range(200):
            site.server.visit("Bob", f"n{number}", site.post)
        reader = Reader(site.open(secret=site.server.issue_password(author)))
        assert str(late.id) not in {message.remote_id for message in wrote(await reader.read())}
        site.server.set_status(late, "approved")
        assert str(late.id) in {message.remote_id for message in wrote(await reader.read())}


class TestRights:
    async def test_who_does_not_moderate_reads_and_answers(self, site):
        author = site.server.add_user("ines", rights=AUTHOR)
        site.server.visit("Ana", "waits", site.post, status="hold")
        comment = site.server.visit("Ana", 'It\'s "here"', site.post)
        network, message = await told(site, comment.id, secret=site.server.issue_password(author))
        assert message.text == "It\u2019s \u201chere\u201d"
        assert network.abilities.can == {ActVerb.REPLY}
        assert "moderate" in network.abilities.why_not[ActVerb.UNHIDE]
        act = site.act(message, "the answer")
        receipt = await network.perform(act)
        assert (await network.find(act)).remote_id == receipt.remote_id

    async def test_too_fast_waits(self, site):
        author = site.server.add_user("ines", rights=AUTHOR)
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id, secret=site.server.issue_password(author))
        await network.perform(site.act(message, "one"))
        with pytest.raises(RateLimited) as caught:
            await network.perform(site.act(message, "two", key="b" * 32))
        assert caught.value.until == site.clock.now() + timedelta(seconds=15)

    async def test_a_team_is_us(self, site):
        lea = site.server.add_user("lea")
        question = site.server.visit("Ana", "question", site.post)
        answer = site.server.write(site.post, "answer", user=lea, parent=question.id)
        _network, message = await told(site, answer.id, settings={"team": f"{lea.id}"})
        assert message.author.is_us
        _network, message = await told(site, answer.id)
        assert not message.author.is_us


class TestActing:
    @pytest.mark.parametrize(
        ("verb", "before", "after", "state"),
        [
            (ActVerb.HIDE, "approved", "hold", MessageState.HIDDEN),
            (ActVerb.UNHIDE, "hold", "approved", MessageState.SHOWN),
            (ActVerb.SPAM, "approved", "spam", MessageState.HIDDEN),
            (ActVerb.DELETE, "approved", "trash", MessageState.REMOVED),
        ],
    )
    async def test_a_verb_does_what_it_says_and_is_found(self, site, verb, before, after, state):
        comment = site.server.visit("Ana", "hello", site.post, status=before)
        network, message = await told(site, comment.id)
        act = site.act(message, "", verb=verb)
        assert await network.find(act) is None
        receipt = await network.perform(act)
        assert (comment.status, receipt.state) == (after, state)
        assert (await network.find(act)).state is state
        assert (await network.perform(act)).state is state, "a second time is no error"

    @pytest.mark.parametrize(("verb", "status"), [(ActVerb.UNSPAM, "spam"), (ActVerb.RESTORE, "trash")])
    @pytest.mark.parametrize("was", ["approved", "hold"])
    async def test_what_was_put_away_comes_back_as_it_was(self, site, verb, status, was):
        comment = site.server.visit("Ana", "hello", site.post, status=was)
        network, message = await told(site, comment.id)
        site.server.set_status(comment, status)
        receipt = await network.perform(site.act(message, "", verb=verb))
        assert comment.status == was
        assert receipt.state is (MessageState.SHOWN if was == "approved" else MessageState.PENDING)

    @pytest.mark.parametrize(("setting", "status"), [("reply", "approved"), ("never", "hold")])
    async def test_an_answer_approves_what_it_answers_where_asked(self, site, setting, status):
        comment = site.server.visit("Ana", "hello", site.post, status="hold")
        network, message = await told(site, comment.id, settings={"approve": setting})
        await network.perform(site.act(message, "the answer"))
        assert comment.status == status
        assert [fact.parent for fact in site.ours()] == [str(comment.id)]

    async def test_a_site_without_trash_deletes_for_good(self, site):
        site.server.has_trash = False
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id)
        await network.perform(site.act(message, "", verb=ActVerb.DELETE))
        assert comment.id not in site.server.comments

    async def test_nothing_is_said_below_what_lies_in_the_trash(self, site):
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id)
        site.server.set_status(comment, "trash")
        with pytest.raises(Gone):
            await network.perform(site.act(message, "the answer"))
        with pytest.raises(Gone):
            await network.thread(site.act(message, "").target)

    async def test_our_own_words_are_changed_those_of_others_are_not(self, site):
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id)
        with pytest.raises(Rejected):
            await network.perform(site.act(message, "no", verb=ActVerb.EDIT))
        await network.perform(site.act(message, "the answr"))
        ours = next(m for m in wrote(await Reader(network).read()) if m.author.is_us)
        act = site.act(ours, "the answer <3", verb=ActVerb.EDIT)
        assert await network.find(act) is None
        receipt = await network.perform(act)
        assert receipt.text == "the answer <3"
        assert (await network.find(act)).remote_id == ours.remote_id

    async def test_the_same_words_at_once_are_told_apart_by_their_mark(self, site):
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id)
        act = site.act(message, "thanks", key="a" * 32)
        other = site.server.write(site.post, "thanks", user=site.us, parent=comment.id, agent="cminbox/" + "b" * 32)
        assert await network.find(act) is None
        with pytest.raises(Rejected) as caught:
            await network.perform(act)
        assert caught.value.reason == "comment_duplicate"
        assert (await network.find(site.act(message, "thanks", key="b" * 32))).remote_id == str(other.id)

    async def test_a_thread_is_the_whole_conversation(self, site):
        root = site.server.visit("Ana", "root", site.post)
        child = site.server.visit("Bob", "child", site.post, parent=root.id)
        grandchild = site.server.visit("Ana", "grandchild", site.post, parent=child.id)
        sibling = site.server.write(site.post, "sibling", user=site.us, parent=root.id)
        site.server.visit("Cleo", "elsewhere", site.post)
        network, message = await told(site, child.id)
        batch = await network.thread(site.act(message, "").target)
        found = [m.remote_id for m in wrote(list(batch.changes))]
        assert found == [str(each.id) for each in (root, child, grandchild, sibling)]

    async def test_what_we_may_not_do_is_forbidden(self, site):
        comment = site.server.visit("Ana", "hello", site.post)
        network, message = await told(site, comment.id)
        site.us.rights = AUTHOR
        with pytest.raises(Forbidden):
            await network.perform(site.act(message, "", verb=ActVerb.SPAM))
