"""The operations of a practice forum, as far as connectors use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cminbox.practice.discourse_books import Books, Post, Topic, User, Waiting
from cminbox.practice.discourse_json import Json, Writer
from cminbox.practice.discourse_request import Problem, Request, missing, no_access

Reply = tuple[int, Any]

_PAGE = 50
_TOPICS = 30


def route(books: Books, request: Request) -> Reply:
    """Do what a request asks. Raises `Problem`."""
    for method, pattern, handler in _ROUTES:
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found is not None:
            return handler(books, request, Writer(books, request.user), *found.groups())
    raise missing()


def _me(_books: Books, request: Request, write: Writer) -> Reply:
    user = request.user
    more = {"admin": user.admin, "moderator": user.moderator, "can_review": user.staff, "trust_level": 2}
    return 200, {"current_user": {**write.person(user), **more}}


def _settings(books: Books, _request: Request, _write: Writer) -> Reply:
    lengths = {"min_post_length": books.min_length, "max_post_length": books.max_length}
    return 200, {"title": "Practice forum", "min_personal_message_post_length": min(10, books.min_length), **lengths}


def _notifications(books: Books, request: Request, write: Writer) -> Reply:
    mine = [each for each in reversed(books.notices.values()) if each.user is request.user]
    begin, size = request.number("offset"), request.number("limit", 60)
    return 200, {
        "notifications": [write.notice(each) for each in mine[begin : begin + size]],
        "total_rows_notifications": len(mine),
        "seen_notification_id": 0,
        "load_more_notifications": f"/notifications?offset={begin + size}",
    }


def _newest(name: str, *, private: bool) -> Callable[[Books, Request, Writer], Reply]:
    def newest(books: Books, request: Request, write: Writer) -> Reply:
        before = request.number("before", 10**12)
        found = [
            each
            for each in reversed(books.posts.values())
            if each.id <= before
            and each.deleted_at is None
            and (each.topic.allowed is not None) == private
            and each.topic.seen_by(request.user)
        ]
        return 200, {name: [write.listed(each) for each in found[:_PAGE]]}

    return newest


def _post(books: Books, request: Request, write: Writer, number: str) -> Reply:
    return 200, write.post(_visible(books, request, int(number)))


def _by_number(books: Books, request: Request, write: Writer, topic: str, number: str) -> Reply:
    post = books.numbered(_topic_of(books, request, int(topic)), int(number))
    if post is None:
        raise missing()
    return 200, write.post(_visible(books, request, post.id))


def _replies(books: Books, request: Request, write: Writer, number: str) -> Reply:
    post = _visible(books, request, int(number))
    after = max(1, request.number("after"))
    found = [
        each for each in books.of(post.topic) if each.reply_to == post.number and each.number > after and each.stands
    ]
    return 200, [write.post(each, raw=False) for each in found[:20]]


def _topic(books: Books, request: Request, write: Writer, number: str) -> Reply:
    topic = _topic_of(books, request, int(number))
    posts = [each for each in books.of(topic) if _stands_for(each, request.user)]
    return 200, write.topic(topic, posts[:20], raw=request.raw)


def _around(books: Books, request: Request, write: Writer, number: str, place: str) -> Reply:
    topic = _topic_of(books, request, int(number))
    posts = [each for each in books.of(topic) if _stands_for(each, request.user)]
    at = next((index for index, each in enumerate(posts) if each.number >= int(place)), 0)
    begin = max(0, at - 5)
    return 200, write.topic(topic, posts[begin : begin + 20], raw=request.raw)


def _some(books: Books, request: Request, write: Writer, number: str) -> Reply:
    topic = _topic_of(books, request, int(number))
    wanted = {int(each) for each in request.query.get("post_ids[]", [])}
    posts = [each for each in books.of(topic) if each.id in wanted and _stands_for(each, request.user)]
    return 200, {"post_stream": write.stream(posts, raw=request.raw), "id": topic.id}


def _external(books: Books, request: Request, write: Writer, name: str) -> Reply:
    topic = next((each for each in books.topics.values() if each.external_id == name), None)
    if topic is None:
        raise missing()
    return _topic(books, request, write, str(topic.id))


def _sent(books: Books, request: Request, write: Writer, _username: str) -> Reply:
    mine = [
        each
        for each in reversed(books.topics.values())
        if each.allowed is not None and books.of(each)[0].user is request.user
    ]
    return 200, {"users": [], "primary_groups": [], "topic_list": {"topics": [write.in_list(each) for each in mine]}}


def _created_by(books: Books, request: Request, write: Writer, username: str) -> Reply:
    user = _person(books, username)
    theirs = [
        each
        for each in reversed(books.topics.values())
        if each.allowed is None and books.of(each)[0].user is user and books.of(each)[0].stands
    ]
    begin = request.number("page") * _TOPICS
    listed: Json = {"topics": [write.in_list(each) for each in theirs[begin : begin + _TOPICS]]}
    if len(theirs) > begin + _TOPICS:
        listed["more_topics_url"] = f"/topics/created-by/{user.username}?page={request.number('page') + 1}"
    return 200, {"users": [write.person(user)], "primary_groups": [], "topic_list": listed}


def _create(books: Books, request: Request, write: Writer) -> Reply:
    body, user = request.body, request.user
    raw = str(body.get("raw") or "")
    private = body.get("archetype") == "private_message"
    topic = None if private else _topic_of(books, request, int(body.get("topic_id") or 0))
    least = (
        min(10, books.min_length) if private or (topic is not None and topic.allowed is not None) else books.min_length
    )
    if user.silenced:
        raise no_access()
    if len(raw.strip()) < least:
        raise Problem(422, f"Body is too short (minimum is {least} characters)")
    if len(raw) > books.max_length:
        raise Problem(422, f"Body is limited to {books.max_length} characters; you entered {len(raw)}.")
    if not user.staff and books.twin(user, raw) is not None:
        raise Problem(422, "Body is too similar to what you recently posted")
    if user.watched and topic is not None:
        entry = books.wait(user, raw, topic)
        return 200, {"action": "enqueued", "success": True, "pending_post": write.pending(entry)}
    if topic is not None:
        return 200, write.created(books.write(user, topic, raw, reply_to=body.get("reply_to_post_number")))
    to = [books.user(name.strip()) for name in str(body.get("target_recipients") or "").split(",")]
    people = [each for each in to if each is not None]
    if not people:
        raise Problem(422, "You must select a valid user.")
    external = str(body.get("external_id") or "") if request.by_admin_key else ""
    if external and any(each.external_id == external for each in books.topics.values()):
        raise Problem(422, "External ID has already been taken")
    return 200, write.created(books.open_topic(user, str(body.get("title")), raw, to=people, external_id=external))


def _pending(books: Books, request: Request, write: Writer, username: str) -> Reply:
    if _person(books, username) is not request.user:
        raise no_access()
    mine = [each for each in books.queue.values() if each.user is request.user and each.status == 0]
    return 200, {"pending_posts": [write.pending(each) for each in mine]}


def _update(books: Books, request: Request, write: Writer, number: str) -> Reply:
    post = _visible(books, request, int(number))
    if post.user is not request.user and not request.user.staff:
        raise no_access()
    books.edit(post, str(request.body["post"]["raw"]))
    return 200, {"post": {**write.created(post)}}


def _delete(books: Books, request: Request, _write: Writer, number: str) -> Reply:
    post = _visible(books, request, int(number))
    if request.user.staff:
        if post.deleted_at is not None:
            raise no_access()
        books.delete(post)
    elif post.user is request.user and not post.user_deleted:
        post.user_deleted = True
    else:
        raise no_access()
    return 200, None


def _recover(books: Books, request: Request, write: Writer, number: str) -> Reply:
    post = _visible(books, request, int(number))
    post.deleted_at, post.user_deleted = None, False
    return 200, write.post(post)


def _unhide(books: Books, request: Request, _write: Writer, number: str) -> Reply:
    _staff(request)
    _visible(books, request, int(number)).hidden = False
    return 200, {"success": "OK"}


def _act(books: Books, request: Request, write: Writer) -> Reply:
    post = _visible(books, request, int(request.body["id"]))
    kind = int(request.body["post_action_type_id"])
    who = post.acts.setdefault(kind, set())
    if request.user.id in who or post.user is request.user:
        raise no_access()
    who.add(request.user.id)
    if request.body.get("take_action") is True and request.user.staff:
        post.hidden = True
    return 200, write.post(post)


def _unact(books: Books, request: Request, write: Writer, number: str) -> Reply:
    post = _visible(books, request, int(number))
    who = post.acts.get(request.number("post_action_type_id"), set())
    if request.user.id not in who:
        raise missing()
    who.discard(request.user.id)
    return 200, write.post(post)


def _level(books: Books, request: Request, _write: Writer, username: str) -> Reply:
    user = _person(books, username)
    if request.body.get("notification_level") == "mute":
        request.user.muted.add(user.id)
    else:
        request.user.muted.discard(user.id)
    return 200, {"success": "OK"}


def _profile(books: Books, request: Request, write: Writer, username: str) -> Reply:
    user = _person(books, username)
    return 200, {"user_badges": [], "user": {**write.person(user), "muted": user.id in request.user.muted}}


def _silence(books: Books, request: Request, write: Writer, number: str) -> Reply:
    _staff(request)
    user = books.users[int(number)]
    if user.silenced:
        raise Problem(409, "That user has already been silenced.")
    user.silenced = True
    by = write.person(request.user)
    told = {
        "silenced": True,
        "silence_reason": request.body["reason"],
        "full_silence_reason": request.body["reason"],
        "silenced_till": request.body["silenced_till"],
        "silenced_at": "2026-01-01T00:00:00.000Z",
        "silenced_by": by,
    }
    return 200, {"silence": told}


def _unsilence(books: Books, request: Request, _write: Writer, number: str) -> Reply:
    _staff(request)
    books.users[int(number)].silenced = False
    return 200, {"unsilence": {"silenced": False}}


def _admin_user(books: Books, request: Request, write: Writer, number: str) -> Reply:
    _staff(request)
    user = books.users[int(number)]
    return 200, {**write.person(user), "silenced_till": "3000-01-01T00:00:00.000Z" if user.silenced else None}


def _review(books: Books, request: Request, write: Writer) -> Reply:
    _staff(request)
    waiting = [each for each in books.queue.values() if each.status == 0]
    begin = request.number("offset")
    some = waiting[begin : begin + 10]
    people = {each.user.id: write.person(each.user) for each in some}
    told = [write.waiting(each) for each in some]
    return 200, {"reviewables": told, "users": list(people.values()), "meta": {"total_rows_reviewables": len(waiting)}}


def _entry(books: Books, request: Request, write: Writer, number: str) -> Reply:
    return 200, {"reviewable": write.waiting(_waiting(books, request, number))}


def _perform(books: Books, request: Request, _write: Writer, number: str, action: str) -> Reply:
    entry = _waiting(books, request, number)
    if request.number("version", -1) != entry.version:
        raise Problem(409, "Something has changed. Please refresh.")
    wanted = {"approve_post", "reject_post"} if entry.post is None else {"disagree", "delete_and_agree"}
    if entry.status != 0 or action not in wanted:
        raise no_access()
    books.decide(entry, approve=action in ("approve_post", "disagree"))
    return 200, {"reviewable_perform_result": {"success": True}}


def _waiting(books: Books, request: Request, number: str) -> Waiting:
    _staff(request)
    if int(number) not in books.queue:
        raise missing()
    return books.queue[int(number)]


def _visible(books: Books, request: Request, number: int) -> Post:
    post = books.posts.get(number)
    if post is None or (post.deleted_at is not None and not request.user.staff):
        raise missing()
    if not post.topic.seen_by(request.user):
        raise no_access()
    return post


def _topic_of(books: Books, request: Request, number: int) -> Topic:
    topic = books.topics.get(number)
    if topic is None:
        raise missing()
    if not topic.seen_by(request.user):
        raise no_access()
    return topic


def _stands_for(post: Post, user: User) -> bool:
    return post.deleted_at is None or user.staff


def _person(books: Books, username: str) -> User:
    user = books.user(username)
    if user is None:
        raise missing()
    return user


def _staff(request: Request) -> None:
    if not request.user.staff:
        raise no_access()


Handler = Callable[..., Reply]

_ROUTES: tuple[tuple[str, re.Pattern[str], Handler], ...] = tuple(
    (method, re.compile(path + r"\.json"), handler)
    for method, path, handler in (
        ("GET", "/session/current", _me),
        ("GET", "/site/settings", _settings),
        ("GET", "/notifications", _notifications),
        ("GET", "/posts", _newest("latest_posts", private=False)),
        ("GET", "/private-posts", _newest("private_posts", private=True)),
        ("POST", "/posts", _create),
        ("GET", r"/posts/(\d+)", _post),
        ("PUT", r"/posts/(\d+)", _update),
        ("DELETE", r"/posts/(\d+)", _delete),
        ("GET", r"/posts/by_number/(\d+)/(\d+)", _by_number),
        ("GET", r"/posts/(\d+)/replies", _replies),
        ("GET", r"/posts/([^/]+)/pending", _pending),
        ("PUT", r"/posts/(\d+)/recover", _recover),
        ("PUT", r"/posts/(\d+)/unhide", _unhide),
        ("GET", r"/t/(\d+)", _topic),
        ("GET", r"/t/(\d+)/posts", _some),
        ("GET", r"/t/(\d+)/(\d+)", _around),
        ("GET", r"/t/external_id/([\w-]+)", _external),
        ("GET", r"/topics/private-messages-sent/([^/]+)", _sent),
        ("GET", r"/topics/created-by/([^/]+)", _created_by),
        ("POST", "/post_actions", _act),
        ("DELETE", r"/post_actions/(\d+)", _unact),
        ("PUT", r"/u/([^/]+)/notification_level", _level),
        ("GET", r"/u/([^/]+)", _profile),
        ("PUT", r"/admin/users/(\d+)/silence", _silence),
        ("PUT", r"/admin/users/(\d+)/unsilence", _unsilence),
        ("GET", r"/admin/users/(\d+)", _admin_user),
        ("GET", "/review", _review),
        ("GET", r"/review/(\d+)", _entry),
        ("PUT", r"/review/(\d+)/perform/(\w+)", _perform),
    )
)
