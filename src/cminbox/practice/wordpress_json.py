"""How WordPress writes things down: the wire format of what connectors read."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

from cminbox.practice.wordpress_books import Books, Comment, Post, User

Json = dict[str, Any]


class Writer:
    """Writes what exists at a site. `api` is the address of its interface; `edit` adds what moderators see."""

    def __init__(self, books: Books, api: str, *, edit: bool) -> None:
        self._books = books
        self._api = api
        self._edit = edit

    def comment(self, comment: Comment) -> Json:
        """A comment."""
        user = comment.user
        written: Json = {
            "id": comment.id,
            "post": comment.post.id,
            "parent": comment.parent,
            "author": user.id if user else 0,
            "author_name": comment.name,
            "author_url": "",
            "date": stamp(comment.at),
            "date_gmt": stamp(comment.at),
            "content": {"rendered": rendered(comment.raw)},
            "link": f"{self._link(comment.post)}#comment-{comment.id}",
            "status": comment.status,
            "type": "comment",
            "author_avatar_urls": {"24": "https://avatars.example/24", "48": "https://avatars.example/48"},
            "meta": [],
        }
        if self._edit:
            written["author_email"] = comment.email
            written["author_ip"] = "127.0.0.1"
            written["author_user_agent"] = comment.agent
            written["content"]["raw"] = comment.raw
        kind = "pages" if comment.post.kind == "page" else "posts"
        up = {"embeddable": True, "post_type": comment.post.kind, "href": self._at(f"{kind}/{comment.post.id}")}
        written["_links"] = {"self": [{"href": self._at(f"comments/{comment.id}")}], "up": [up]}
        return {**written, **comment.nonsense}

    def post(self, post: Post, *, embed: bool) -> Json:
        """A post or a page, with its author and its picture where they are asked for."""
        written: Json = {
            "id": post.id,
            "date": stamp(post.at),
            "date_gmt": stamp(post.at),
            "slug": re.sub(r"\W+", "-", post.title.lower()),
            "status": "publish",
            "type": post.kind,
            "link": self._link(post),
            "title": {"rendered": html.escape(post.title, quote=False)},
            "excerpt": {"rendered": rendered(html.escape(post.text, quote=False)), "protected": False},
            "author": post.author.id,
            "featured_media": 1000 + post.id if post.picture else 0,
        }
        if embed:
            picture = {
                "id": 1000 + post.id,
                "alt_text": post.picture,
                "media_type": "image",
                "source_url": f"{self._books.root}/wp-content/uploads/{post.id}.jpg",
            }
            written["_embedded"] = {"author": [self.user(post.author)]}
            if post.picture:
                written["_embedded"]["wp:featuredmedia"] = [picture]
        return written

    def user(self, user: User) -> Json:
        """A login; its rights where it asks about itself."""
        written: Json = {
            "id": user.id,
            "name": user.name,
            "slug": user.slug,
            "url": "",
            "description": "",
            "link": f"{self._books.root}/author/{user.slug}/",
            "avatar_urls": {},
        }
        if self._edit:
            written["capabilities"] = {**dict.fromkeys(sorted(user.rights), True), "level_10": False}
            written["roles"] = ["editor" if user.moderates else "author"]
            written["email"] = user.email
        return written

    def index(self) -> Json:
        """The root of the interface."""
        return {
            "name": "Practice",
            "description": "",
            "url": self._books.root,
            "home": self._books.root,
            "gmt_offset": "0",
            "timezone_string": "",
            "namespaces": ["oembed/1.0", "wp/v2", "wp-site-health/v1"],
            "authentication": {
                "application-passwords": {
                    "endpoints": {"authorization": f"{self._books.root}/wp-admin/authorize-application.php"}
                }
            },
            "routes": {},
        }

    def _link(self, post: Post) -> str:
        return f"{self._books.root}/{re.sub(r'[^a-z0-9]+', '-', post.title.lower()).strip('-')}/"

    def _at(self, route: str) -> str:
        return f"{self._api}/wp/v2/{route}"


def rendered(raw: str) -> str:
    """A content as the site shows it: paragraphs, line ends, and the typographer's quotes that WordPress makes."""
    curly = re.sub(r'(?<=\s)"(?=\w)|^"(?=\w)', "&#8220;", raw)
    curly = curly.replace('"', "&#8221;").replace("'", "&#8217;")
    paragraphs = re.split(r"\n\s*\n", curly)
    return "".join("<p>" + paragraph.replace("\n", "<br />\n") + "</p>\n" for paragraph in paragraphs)


def stamp(instant: datetime) -> str:
    """An instant as WordPress writes it: UTC, and no zone."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S")
