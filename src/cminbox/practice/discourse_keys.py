"""How a practice forum gives out user API keys (user_api_keys_controller.rb): its page, and the text that it shows.

What a person does in a browser is `KeyDesk.visit`: somebody opens an address and allows it.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from cminbox.practice.discourse_books import User
from cminbox.practice.discourse_json import Json

NEW = "/user-api-key/new"
VERSION = 4
_MUST = ("public_key", "nonce", "scopes", "client_id", "application_name")

Issue = Callable[[User, frozenset[str], str], str]
Headers = list[tuple[bytes, bytes]]


class NotGivenError(Exception):
    """The forum's page says that it gives no key."""


class KeyDesk:
    """The page at which programs ask for keys, and the forum's settings that it follows.

    `scopes`: what a key may be for. `redirects`: where browsers are sent back to, one `*` in each for anything. `given`
    is what the person at the page must fulfil (a trust level, a group). `knows_padding`: older forums encrypt one way
    only. `looks_first`: older forums look at the redirect when the person has allowed it, not before.
    """

    def __init__(self, issue: Issue) -> None:
        self._issue = issue
        self.scopes = frozenset({"read", "write", "message_bus", "push", "notifications", "session_info"})
        self.redirects: tuple[str, ...] = ("discourse://auth_redirect",)
        self.given: Callable[[User], bool] = lambda _user: True
        self.knows_padding = True
        self.looks_first = True

    def asked(self, method: str, query: Mapping[str, list[str]]) -> tuple[int, Headers]:
        """What the page answers to somebody who is not logged in: the login page first, or that it gives nothing."""
        if method == "HEAD":
            return 200, [(b"auth-api-version", str(VERSION).encode())]
        said = {key: values[-1] for key, values in query.items()}
        if not all(said.get(name) for name in _MUST):
            return 400, []
        try:
            self._check(said, redirect=self.looks_first)
        except NotGivenError:
            return 200, [(b"content-type", b"text/html; charset=utf-8")]
        return 302, [(b"location", b"/login")]

    def visit(self, address: str, user: User) -> str:
        """Somebody opens the address and allows it: where the browser ends, or the text that the page shows.

        Raises NotGivenError.
        """
        said = {key: values[-1] for key, values in parse_qs(urlsplit(address).query).items()}
        self._check(said, redirect=True)
        if not self.given(user):
            raise NotGivenError("no_trust_level")
        key = self._issue(user, frozenset(said["scopes"].split(",")), said["client_id"])
        payload = {"key": key, "nonce": said["nonce"], "push": False, "api": VERSION}
        text = sealed(said["public_key"], payload, oaep=self.knows_padding and said.get("padding") == "oaep")
        back = said.get("auth_redirect")
        if not back:
            return text
        return f"{back}{'&' if urlsplit(back).query else '?'}{urlencode({'payload': text})}"

    def _check(self, said: Mapping[str, str], *, redirect: bool) -> None:
        back = said.get("auth_redirect")
        if redirect and back is not None and not any(_fits(pattern, back) for pattern in self.redirects):
            raise NotGivenError("generic_error")
        if not frozenset(said["scopes"].split(",")) <= self.scopes:
            raise NotGivenError("generic_error")


def sealed(public_key: str, payload: Json | bytes, *, oaep: bool = False) -> str:
    """What a forum shows: a payload, encrypted for who has the private key, in Base64 with 60 characters a line."""
    # Imported here: nobody practises this in the demo.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    public = serialization.load_pem_public_key(public_key.encode())
    assert isinstance(public, rsa.RSAPublicKey)
    plain = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
    way: padding.AsymmetricPadding = padding.PKCS1v15()
    if oaep:
        way = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    whole = b64encode(public.encrypt(plain, way)).decode()
    return "".join(f"{whole[start : start + 60]}\n" for start in range(0, len(whole), 60))


def _fits(pattern: str, address: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"\S*", 1), address, re.IGNORECASE) is not None
