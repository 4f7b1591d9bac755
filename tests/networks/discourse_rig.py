"""A practice forum under the contract suite, and the official document that its exchanges are held against."""

import copy
from datetime import timedelta

from cminbox.networks.discourse import Discourse
from cminbox.practice.discourse import DiscourseServer

from .rig import Fact, Rig
from .spec import checked

_UNDOCUMENTED = {
    "/session/current.json": ("get",),
    "/site/settings.json": ("get",),
    "/private-posts.json": ("get",),
    "/posts/by_number/{topic}/{number}.json": ("get",),
    "/posts/{username}/pending.json": ("get",),
    "/posts/{id}/recover.json": ("put",),
    "/posts/{id}/unhide.json": ("put",),
    "/t/{id}/{number}.json": ("get",),
    "/t/external_id/{external_id}.json": ("get",),
    "/topics/created-by/{username}.json": ("get",),
    "/post_actions/{id}.json": ("delete",),
    "/u/{username}/notification_level.json": ("put",),
    "/admin/users/{id}/unsilence.json": ("put",),
    "/admin/users/{id}.json": ("get",),
    "/review.json": ("get",),
    "/review/{id}.json": ("get",),
    "/review/{id}/perform/{action}.json": ("put",),
    "/user-api-key/new": ("get", "head"),
}
"""What the document leaves out: operations of the source's config/routes.rb."""

_PARAMETERS = {
    "/notifications.json": ("limit", "offset"),
    "/t/{id}.json": ("include_raw",),
    "/t/{id}/posts.json": ("include_raw", "post_ids"),
    "/posts/{id}/replies.json": ("after",),
    "/post_actions/{id}.json": ("post_action_type_id",),
    "/private-posts.json": ("before",),
    "/t/{id}/{number}.json": ("include_raw",),
    "/t/external_id/{external_id}.json": ("include_raw",),
    "/topics/created-by/{username}.json": ("order", "page"),
    "/review.json": ("status", "sort_order", "offset"),
    "/review/{id}/perform/{action}.json": ("version",),
    "/user-api-key/new": (
        "application_name",
        "client_id",
        "scopes",
        "public_key",
        "nonce",
        "auth_redirect",
        "padding",
    ),
}
"""Likewise, parameters that the controllers take."""

_NOT_WRITTEN = ("/t/{id}.json", "/u/{username}.json")
"""Answers of which the practice forum writes only what is read of them: whole pages of the web interface."""


def document(official):
    """The official document, with what it leaves out or has wrong of the operations that we call."""
    given = copy.deepcopy(official)
    for path, methods in _UNDOCUMENTED.items():
        given["paths"][path] = {method: _free(method) for method in methods}
    for path, names in _PARAMETERS.items():
        for method, operation in given["paths"][path].items():
            if method in ("get", "put", "delete"):
                operation.setdefault("parameters", []).extend({"name": name, "in": "query"} for name in names)
    given["paths"]["/user-api-key/new"]["get"]["responses"]["302"] = {"description": "to the login page"}
    _correct(given["paths"])
    for path in _NOT_WRITTEN:
        given["paths"][path]["get"]["responses"]["200"].pop("content")
    # A list of topics as any other (ListController#topics_by).
    begun = given["paths"]["/topics/created-by/{username}.json"]["get"]
    begun["responses"] = copy.deepcopy(given["paths"]["/latest.json"]["get"]["responses"])
    action = given["paths"]["/post_actions.json"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    action["properties"]["take_action"] = {"type": "boolean"}
    given["components"] = {
        "schemas": {
            "Error": {
                "type": "object",
                "required": ["errors"],
                "properties": {"errors": {"type": "array", "items": {"type": "string"}}},
            }
        }
    }
    return given


def _free(method):
    operation = {"parameters": [], "responses": {"200": {"description": "not described"}}}
    if method == "put":
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return operation


def _correct(part):
    """What the document says of one example and the servers answer otherwise (PostSerializer)."""
    if isinstance(part, list):
        for each in part:
            _correct(each)
    if not isinstance(part, dict):
        return
    fields = part.get("properties")
    if isinstance(fields, dict) and "cooked" in fields:
        fields["reply_to_post_number"] = {"type": ["integer", "null"]}
        for name in ("flair_group_id", "reviewable_id"):
            fields[name] = {"type": ["integer", "null"]}
        fields["category_id"] = {"type": ["integer", "null"]}
        fields["actions_summary"] = {"type": "array", "items": {"type": "object", "required": ["id"]}}
        for name in ("badges_granted", "mentioned_users", "post_localizations"):
            fields[name] = {"type": "array"}
        for name in ("raw", "posts_count", "post_url", "flair_group_id", "badges_granted", "staff", "reply_to_user"):
            fields.setdefault(name, {})
    for each in part.values():
        _correct(each)


class DiscourseRig(Rig):
    """Our login "brand" moderates; all public talk is in one topic of ours, private talk in one a person."""

    sends = ("POST", "/posts.json")
    reads = ("GET", "/notifications.json")
    page = 60
    keeps_keys = False
    domain = "forum.example"

    def __init__(self):
        super().__init__()
        self.server = DiscourseServer(self.clock, domain=self.domain)
        self.server.min_length = 1
        self.us = self.server.add_user("brand", "The Brand", moderator=True)
        self.people = {name: self.server.add_user(name) for name in ("ana", "bob")}
        self.secret = self.server.issue_key(self.us)
        self.topic = self.server.open_topic(self.us, "Spring & offers", "Everything must go").topic
        self.server.posts[1].at -= timedelta(days=30)
        self.talks = {}
        self.plug(checked(self.server, "discourse", document))

    def open(self, *, since=timedelta(days=7), secret=None, url=None, settings=None):
        return self.connect(
            Discourse,
            "forum",
            url or f"https://{self.domain}",
            self.secret if secret is None else secret,
            since,
            settings or {},
        )

    def write(self, who, text, *, reply_to=None, private=False):
        user = self.us if who == "us" else self.people[who]
        if private:
            return str(self._talk("ana" if who == "us" else who, user, text).id)
        if reply_to:
            above = self.server.posts[int(reply_to)]
            return str(self.server.write(user, above.topic, text, reply_to=above.number).id)
        return str(self.server.write(user, self.topic, text).id)

    def _talk(self, with_whom, user, text):
        if with_whom in self.talks:
            return self.server.write(user, self.talks[with_whom], text)
        to = [self.us if user is not self.us else self.people[with_whom]]
        post = self.server.open_topic(user, "A question", text, to=to)
        self.talks[with_whom] = post.topic
        return post

    def edit(self, remote_id, text):
        self.server.edit(self.server.posts[int(remote_id)], text)

    def remove(self, remote_id):
        self.server.delete(self.server.posts[int(remote_id)])

    def facts(self):
        found = []
        for post in self.server.posts.values():
            if post.stands and not (post.topic is self.topic and post.number == 1):
                above = self.server.numbered(post.topic, post.reply_to) if post.reply_to else None
                name = "us" if post.user is self.us else post.user.username
                private = post.topic.allowed is not None
                found.append(Fact(str(post.id), name, post.raw, str(above.id) if above else None, private))
        return found

    def spoil(self):
        post = self.server.write(self.people["ana"], self.topic, "?")
        post.nonsense = {"created_at": "when?", "cooked": 5, "user_id": "\u001b[31m"}
        self.forgive()

    def revoke(self):
        self.server.revoke(self.secret)

    def ignore_keys(self):
        return False
