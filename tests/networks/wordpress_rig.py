"""A practice WordPress site under the contract suite, and the reference tables that its exchanges are held against."""

import html
from datetime import timedelta

from cminbox.networks.wordpress import WordPress
from cminbox.practice.wordpress import WordPressServer

from .rig import Fact, Rig
from .spec import checked

_EVERYWHERE = ("context", "_embed", "_fields", "rest_route")
"""Parameters that every route takes (the REST API handbook, "Global parameters" and "Linking and embedding")."""


def document(tables):
    """The reference tables as an OpenAPI document: requests below /wp-json, answers in the moderators' view."""
    fields = {
        name: {key: value for key, value in field.items() if key == "type"}
        for name, field in tables["schemas"]["comment"].items()
    }
    fields["date_gmt"] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}
    # An empty map is an empty list in PHP.
    fields["meta"] = {"type": ["object", "array"]}
    seen = [name for name, field in tables["schemas"]["comment"].items() if "view" in field["context"]]
    comment = {"type": "object", "properties": fields, "required": seen}
    error = {
        "type": "object",
        "required": ["code", "message", "data"],
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "data": {"type": "object", "required": ["status"]},
        },
    }
    paths = {}
    for route in tables["routes"]:
        path = "/wp-json" + route["path"].replace("<id>", "{id}")
        body = {"type": "object", "properties": {name: {} for name in route["args"]}, "additionalProperties": False}
        answer = {"$ref": "#/components/schemas/comment"}
        if route["title"].startswith("List"):
            answer = {"type": "array", "items": answer}
        if route["method"] == "DELETE":
            answer = {}
        operation = _operation(route["args"], answer)
        if route["method"] == "POST":
            operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
        paths.setdefault(path, {})[route["method"].lower()] = operation
    for path, route in tables["index_routes"].items():
        if "(?P" not in path and "comments" not in path:
            paths["/wp-json" + path] = {"get": _operation(route["endpoints"][0]["args"], {})}
    paths["/wp-json/"] = paths["/"] = {"get": _operation((), {})}
    return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"comment": comment, "Error": error}}}


def _operation(args, answer):
    content = {"content": {"application/json": {"schema": answer}}}
    parameters = [{"name": name, "in": "query"} for name in (*args, *_EVERYWHERE)]
    return {"parameters": parameters, "responses": {"200": content, "201": content}}


class WordPressRig(Rig):
    """Our login "brand" moderates; "ana" and "bob" are guests. All talk is below one post."""

    sends = ("POST", "/wp-json/wp/v2/comments")
    reads = ("GET", "/wp-json/wp/v2/comments")
    page = 100
    has_private = False
    takes_doubles = False
    domain = "blog.example"
    by_the_tables = True

    def __init__(self):
        super().__init__()
        self.server = WordPressServer(self.clock, domain=self.domain)
        self.us = self.server.add_user("brand", "The Brand")
        self.secret = self.server.issue_password(self.us)
        self.post = self.server.publish(self.us, "Spring & offers", "Everything must go", picture="a blue truck")
        self.plug(checked(self.server, "wordpress", document) if self.by_the_tables else self.server)

    def open(self, *, since=timedelta(days=7), secret=None, url=None, settings=None):
        return self.connect(
            WordPress,
            "blog",
            url or f"https://{self.domain}",
            self.secret if secret is None else secret,
            since,
            settings or {},
        )

    def write(self, who, text, *, reply_to=None, private=False):
        assert not private
        parent = int(reply_to) if reply_to else 0
        if who == "us":
            raw = html.escape(text, quote=False)
            return str(self.server.write(self.post, raw, user=self.us, parent=parent).id)
        return str(self.server.visit(who.capitalize(), text, self.post, parent=parent).id)

    def edit(self, remote_id, text):
        self.server.comments[int(remote_id)].raw = html.escape(text, quote=False)

    def remove(self, remote_id):
        self.server.delete(self.server.comments[int(remote_id)])

    def facts(self):
        return [
            Fact(
                str(each.id),
                "us" if each.user is self.us else each.name.lower(),
                each.text,
                str(each.parent) if each.parent else None,
            )
            for each in sorted(self.server.comments.values(), key=lambda each: each.id)
            if each.status != "trash"
        ]

    def spoil(self):
        comment = self.server.visit("Ana", "?", self.post)
        comment.nonsense = {"content": 5, "date_gmt": [], "author_name": "\u001b[31m"}
        self.forgive()

    def revoke(self):
        self.server.revoke(self.secret)

    def ignore_keys(self):
        self.server.keeps_agents = False
        return True
