"""Checks requests and answers against a network's own OpenAPI contract (tests/networks/specs)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPECS = Path(__file__).parent / "specs"
_ROOT = "urn:contract"


@dataclass(frozen=True)
class Exchange:
    """One request with its answer. Bodies are parsed JSON, None where there is none."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int
    answer: Any


class Recorder(httpx.AsyncBaseTransport):
    """A wire that writes down what goes over it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        answer = await response.aread()
        self.exchanges.append(
            Exchange(
                request.method,
                request.url.raw_path.split(b"?")[0].decode(),
                parse_qs(request.url.query.decode(), keep_blank_values=True),
                _json(request.content),
                response.status_code,
                _json(answer),
            )
        )
        return httpx.Response(response.status_code, headers=response.headers, content=answer, request=request)


class Contract:
    """An OpenAPI 3 document. `check` gives what an exchange breaks; empty: nothing."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text())
        resource = DRAFT202012.create_resource({"$id": _ROOT, **self.document})
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, resource)

    def check(self, exchange: Exchange) -> list[str]:
        """Every way in which a request or its answer is not as the contract says."""
        operation = self._operation(exchange)
        name = f"{exchange.method} {exchange.path}"
        if operation is None:
            return [f"{name}: the contract has no such operation"]
        found = [f"{name}: {error}" for error in self._request(operation, exchange)]
        return found + [f"{name} -> {exchange.status}: {error}" for error in self._answer(operation, exchange)]

    def operations(self, exchanges: list[Exchange]) -> set[tuple[str, str]]:
        """Method and path pattern of the operations that were used."""
        found = (self._find(exchange) for exchange in exchanges)
        return {(one[0], one[1]) for one in found if one is not None}

    def all_operations(self) -> set[tuple[str, str]]:
        """Method and path pattern of all operations in the contract."""
        return {
            (method, path) for path, item in self.document["paths"].items() for method in item if method != "parameters"
        }

    def _find(self, exchange: Exchange) -> tuple[str, str] | None:
        method = exchange.method.lower()
        # Patterns with fewer variables first: a fixed word wins over a placeholder.
        for path in sorted(self.document["paths"], key=lambda one: one.count("{")):
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            if method in self.document["paths"][path] and re.fullmatch(pattern, exchange.path):
                return method, path
        return None

    def _operation(self, exchange: Exchange) -> dict[str, Any] | None:
        found = self._find(exchange)
        if found is None:
            return None
        method, path = found
        item = self.document["paths"][path]
        operation: dict[str, Any] = item[method]
        return {**operation, "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())]}

    def _request(self, operation: dict[str, Any], exchange: Exchange) -> list[str]:
        errors: list[str] = []
        known = {p["name"]: p for p in map(self._resolve, operation["parameters"]) if p["in"] == "query"}
        for key, values in exchange.query.items():
            parameter = known.get(key) or known.get(key + "[]")
            if parameter is None:
                errors.append(f"no query parameter {key}")
            else:
                errors += [f"{key}: {e}" for e in self._errors(parameter.get("schema", {}), _typed(values, parameter))]
        errors += [f"{key} is missing" for key, p in known.items() if p.get("required") and key not in exchange.query]
        body = operation.get("requestBody")
        if body is not None and exchange.body is not None:
            content = self._resolve(body)["content"]
            errors += self._errors(content["application/json"]["schema"], exchange.body)
        elif body is not None and self._resolve(body).get("required"):
            errors.append("the body is missing")
        return errors

    def _answer(self, operation: dict[str, Any], exchange: Exchange) -> list[str]:
        responses = operation["responses"]
        # What every operation may answer (401, 429, 5xx) is often told once, outside the operations.
        answer = responses.get(str(exchange.status)) or responses.get("default")
        if answer is None:
            return [] if exchange.status >= 400 else ["the contract has no such status"]
        content = self._resolve(answer).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return self._errors(schema, exchange.answer) if schema is not None else []

    def _resolve(self, thing: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in thing:
            place: Any = self.document
            for part in thing["$ref"].removeprefix("#/").split("/"):
                place = place[part.replace("~1", "/").replace("~0", "~")]
            thing = place
        return thing

    def _errors(self, schema: dict[str, Any], value: Any) -> list[str]:
        whole = _absolute(schema)
        validator = jsonschema.Draft202012Validator(whole, registry=self._registry)
        return [
            f"{'/'.join(map(str, e.absolute_path)) or '.'}: {e.message[:200]}" for e in validator.iter_errors(value)
        ]


def _typed(values: list[str], parameter: dict[str, Any]) -> Any:
    kind = parameter.get("schema", {}).get("type")
    if kind == "array":
        return values
    if kind == "integer":
        return int(values[-1])
    return values[-1] == "true" if kind == "boolean" else values[-1]


def _absolute(schema: Any) -> Any:
    """The schema with its references made absolute: it is used outside its document."""
    if isinstance(schema, dict):
        place = schema.get("$ref")
        own = {"$ref": _ROOT + place} if isinstance(place, str) and place.startswith("#") else {}
        return {**{key: _absolute(value) for key, value in schema.items()}, **own}
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
