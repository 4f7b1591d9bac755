"""Requests and answers against the contracts that networks publish (OpenAPI documents), where they are at hand.

They stand in `specs` beside this file (cut down to what we call), in the folder that CMINBOX_SHARED names, or in
`shared` beside the checkout. Without them the checks are off, and `needed` skips what tests nothing else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from cminbox.practice.transport import App, Message, Receive, Send

from .lexicon import add_formats, openapi

_FORMATS = FormatChecker(formats=())
add_formats(_FORMATS)


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def shared() -> Path:
    """The folder with the shared material."""
    named = os.environ.get("CMINBOX_SHARED")
    return Path(named) if named else Path(__file__).parents[3] / "shared"


def needed(name: str) -> Spec:
    """A contract; skips the test with the reason where it is not at hand."""
    path = place(name)
    if not path.is_file():
        pytest.skip(f"the contract {path} is not there: set CMINBOX_SHARED to the folder that has specs/")
    return _load(path)


def place(name: str) -> Path:
    """The file of a contract, which need not be there."""
    own = Path(__file__).parent / "specs" / f"{name}.json"
    return own if own.is_file() else shared() / "specs" / f"{name}.json"


@cache
def _load(path: Path) -> Spec:
    document = json.loads(path.read_text())
    return Spec(openapi(document, _FORMATS) if "lexicons" in document else document)


class Spec:
    """One OpenAPI 3.1 document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:spec", resource)
        self._paths = sorted(
            ((re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))), path) for path in document["paths"]),
            key=lambda pair: "{" in pair[1],
        )
        self.checked: set[tuple[str, str]] = set()

    def path_of(self, path: str) -> str | None:
        """The path of the document that a path is an instance of."""
        return next((name for pattern, name in self._paths if pattern.fullmatch(path)), None)

    def problems(self, pointer: tuple[str, ...], value: Any) -> list[str]:
        """What is wrong with a value by the schema at a pointer into the document."""
        escaped = "/".join(part.replace("~", "~0").replace("/", "~1") for part in pointer)
        escaped = escaped.replace("%", "%25").replace("{", "%7B").replace("}", "%7D")
        schema = {"$ref": f"urn:spec#/{escaped}"}
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
        return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]

    def check_request(self, request: httpx.Request, ignored: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with a request: the path, its query, its body."""
        method, name = request.method.lower(), self.path_of(request.url.path)
        operation = self.document["paths"].get(name, {}).get(method) if name else None
        if operation is None:
            return [f"no operation {request.method} {request.url.path}"]
        self.checked.add((method, name))
        parameters = [*operation.get("parameters", ()), *self.document["paths"][name].get("parameters", ())]
        parameters = [self._whole(parameter) for parameter in parameters]
        known = {parameter["name"] for parameter in parameters if parameter.get("in") == "query"}
        asked = {key.removesuffix("[]") for key in parse_qs(request.url.query.decode(), keep_blank_values=True)}
        found = [f"unknown query parameter {key} of {name}" for key in asked - known - ignored]
        if request.content:
            pointer = ("paths", name, method, "requestBody", "content", "application/json", "schema")
            found += self.problems(pointer, json.loads(request.content))
        return found

    def check_answer(self, request: httpx.Request, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer: its status, its body."""
        method, name = request.method.lower(), self.path_of(request.url.path)
        operation = self.document["paths"][name][method]
        answer = operation["responses"].get(str(status))
        general = next(
            (name for name in ERRORS if name in self.document.get("components", {}).get("schemas", {})), None
        )
        if answer is None and status >= 400 and general is not None:
            # Said once for all operations, or for some of those that answer so.
            return self.problems(("components", "schemas", general), json.loads(body))
        if answer is None:
            return [f"{method} {name} does not answer {status}"]
        pointer: tuple[str, ...] = ("paths", name, method, "responses", str(status))
        if "$ref" in answer:
            pointer = tuple(answer["$ref"].removeprefix("#/").split("/"))
            answer = self._whole(answer)
        if "application/json" not in answer.get("content", {}):
            return []
        return self.problems((*pointer, "content", "application/json", "schema"), json.loads(body))

    def _whole(self, thing: dict[str, Any]) -> dict[str, Any]:
        """What a reference stands for; anything else as it is."""
        found: Any = thing
        if "$ref" in thing:
            found = self.document
            for part in thing["$ref"].removeprefix("#/").split("/"):
                found = found[part]
        return found


ERRORS = ("errors_error", "Error")
"""What Matrix and Mastodon call the shape of an error."""

NOT_IN_THE_DOCUMENT = frozenset({"/api/v1/apps/verify_credentials", "/api/v1/instance", "/_matrix/client/versions"})
"""Operations that exist and that the third party's document leaves out, or that ask what else a server is."""


class Checked:
    """An ASGI application that holds every exchange with a practice server against a document.

    Behind the faults of the wire: what they break is not the server's doing. `forgiving` lets answers pass from now on
    (a test makes the server talk nonsense).
    """

    def __init__(self, app: App, spec: Spec) -> None:
        self._app = app
        self.spec = spec
        self.problems: list[str] = []
        self.forgiving = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] in NOT_IN_THE_DOCUMENT:
            await self._app(scope, receive, send)
            return
        first = await receive()
        url = f"https://practice.example{scope['raw_path'].decode()}?{scope['query_string'].decode()}"
        request = httpx.Request(scope["method"], url, content=first["body"])
        self.problems += self.spec.check_request(request)
        heard = [first]
        status, json_body, body = 0, False, b""

        async def receive_again() -> Message:
            return heard.pop() if heard else await receive()

        async def send_checked(message: Message) -> None:
            nonlocal status, json_body, body
            if message["type"] == "http.response.start":
                status = message["status"]
                json_body = dict(message.get("headers", ())).get(b"content-type", b"").startswith(b"application/json")
            elif json_body:
                body += message.get("body", b"")
            await send(message)

        await self._app(scope, receive_again, send_checked)
        if json_body and not self.forgiving and self.spec.path_of(scope["path"]):
            self.problems += self.spec.check_answer(request, status, body)


def checked(app: App, name: str, shaped: Callable[[Any], Any] | None = None) -> App:
    """`app` under the document where it is at hand (`shaped` makes one of what the file holds), else `app` itself."""
    path = place(name)
    if not path.is_file():
        return app
    return Checked(app, _load(path) if shaped is None else Spec(shaped(json.loads(path.read_text()))))
