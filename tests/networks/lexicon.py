"""Lexicons (atproto.com/specs/lexicon) as an OpenAPI document: one checker holds all networks to their contracts.

What JSON Schema has no word for (bytes, graphemes, formats) becomes formats of our own. Unions are open: what names a
known kind must be of that kind. A record that is written is held against its collection's lexicon.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import FormatChecker

from cminbox.text import measure

Json = dict[str, Any]

_PATTERNS = {
    "did": r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]",
    "handle": r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    "at-uri": r"at://(did:[a-z]+:[a-zA-Z0-9._:%-]+|[a-zA-Z0-9.-]+)(/[a-zA-Z0-9.-]+(/[a-zA-Z0-9_~.:-]{1,512})?)?",
    "nsid": r"[a-zA-Z][a-zA-Z0-9-]{0,63}(\.[a-zA-Z0-9][a-zA-Z0-9-]{0,62})+\.[a-zA-Z][a-zA-Z0-9]{0,62}",
    "cid": r"[a-zA-Z0-9+]{8,256}",
    "record-key": r"(?!\.{1,2}$)[a-zA-Z0-9_~.:-]{1,512}",
    "tid": r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}",
    "language": r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*",
    "uri": r"\w+:(//)?[^\s/][^\s]*",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)",
}
_PATTERNS["at-identifier"] = f"({_PATTERNS['did']}|{_PATTERNS['handle']})"
_MEASURES = {"maxGraphemes": "graphemes", "minGraphemes": "graphemes", "maxLength": "bytes", "minLength": "bytes"}


def add_formats(checker: FormatChecker) -> None:
    """Teach a checker the formats of strings in lexicons, and their sizes (`size:maxGraphemes:300`)."""
    for name, pattern in _PATTERNS.items():
        checker.checks(f"lex-{name}", raises=ValueError)(_fits(re.compile(pattern), name))


def openapi(document: Json, checker: FormatChecker) -> Json:
    """The OpenAPI document that says the same as a set of lexicons."""
    return _Lexicons(document["lexicons"], checker).document()


def cut(source: Path, methods: list[str], collections: list[str]) -> Json:
    """The part of a set of lexicons that some methods and collections need, without the prose."""
    document = json.loads(source.read_text())
    wanted, kept = [*methods, *collections], {}
    while wanted:
        lexicon, _hash, name = wanted.pop().partition("#")
        definition = document["lexicons"].get(lexicon, {}).get("defs", {}).get(name or "main")
        if definition is None or (name or "main") in kept.setdefault(lexicon, {}):
            continue
        kept[lexicon][name or "main"] = _plain(definition)
        wanted += [_absolute(ref, lexicon) for ref in _refs(definition)]
    lexicons = {name: {"lexicon": 1, "id": name, "defs": defs} for name, defs in sorted(kept.items()) if defs}
    return {"x-trimmed-from": document["x-trimmed-from"], "license": "MIT OR Apache-2.0", "lexicons": lexicons}


class _Lexicons:
    def __init__(self, lexicons: Json, checker: FormatChecker) -> None:
        self._lexicons = lexicons
        self._checker = checker

    def document(self) -> Json:
        schemas: Json = {"Error": ERROR}
        paths: Json = {}
        for lexicon, content in self._lexicons.items():
            for name, definition in content["defs"].items():
                if definition["type"] in ("query", "procedure"):
                    paths[f"/xrpc/{lexicon}"] = self._operation(definition, lexicon)
                else:
                    whole = definition["record"] if definition["type"] == "record" else definition
                    schemas[f"{lexicon}#{name}"] = self._schema(whole, lexicon)
        written = paths.get("/xrpc/com.atproto.repo.createRecord"), paths.get("/xrpc/com.atproto.repo.putRecord")
        for operation in filter(None, written):
            schema = operation["post"]["requestBody"]["content"]["application/json"]["schema"]
            schema["allOf"] = [self._record(name) for name, each in self._lexicons.items() if _is_record(each)]
        return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}

    def _operation(self, definition: Json, lexicon: str) -> Json:
        parameters = definition.get("parameters", {}).get("properties", {})
        operation: Json = {"parameters": [{"name": name, "in": "query"} for name in parameters], "responses": {}}
        output = definition.get("output")
        schema = self._schema(output["schema"], lexicon) if output and "schema" in output else {}
        operation["responses"]["200"] = {"content": {"application/json": {"schema": schema}}}
        if "schema" in definition.get("input", ()):
            body = self._schema(definition["input"]["schema"], lexicon)
            operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
        return {"get" if definition["type"] == "query" else "post": operation}

    def _record(self, collection: str) -> Json:
        named = {"properties": {"collection": {"const": collection}}, "required": ["collection"]}
        kind = {"properties": {"$type": {"const": collection}}, "required": ["$type"]}
        record: list[Json] = [{"$ref": _pointer(collection, "main")}, kind]
        properties: Json = {"record": {"allOf": record}}
        if self._lexicons[collection]["defs"]["main"].get("key") == "tid":
            properties["rkey"] = {"type": "string", "format": "lex-tid"}
        return {"if": named, "then": {"properties": properties}}

    def _schema(self, definition: Json, lexicon: str) -> Json:
        kind = definition["type"]
        if kind == "object":
            nullable = definition.get("nullable", ())
            properties = {name: self._schema(each, lexicon) for name, each in definition.get("properties", {}).items()}
            for name in nullable:
                properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
            return {"type": "object", "properties": properties, "required": definition.get("required", [])}
        if kind == "array":
            sizes = {"maxLength": "maxItems", "minLength": "minItems"}
            limits = {new: definition[old] for old, new in sizes.items() if old in definition}
            return {"type": "array", "items": self._schema(definition["items"], lexicon), **limits}
        if kind == "ref":
            return {"$ref": _pointer(*self._place(definition["ref"], lexicon))}
        if kind == "union":
            return self._union(definition, lexicon)
        if kind in ("unknown", "blob", "bytes", "cid-link"):
            return {"type": "object"}
        if kind == "string":
            return self._string(definition)
        kept = {name: definition[name] for name in ("minimum", "maximum", "const", "enum") if name in definition}
        return {"type": kind, **kept}

    def _string(self, definition: Json) -> Json:
        schema: Json = {"type": "string"}
        formats = [f"lex-{definition['format']}"] if f"{definition.get('format')}" in _PATTERNS else []
        for name, counting in _MEASURES.items():
            if name in definition:
                formats.append(self._sized(name, counting, definition[name]))
        # One schema has one format: the others stand beside it.
        return {**schema, "allOf": [{"format": one} for one in formats]} if formats else schema

    def _sized(self, name: str, counting: str, size: int) -> str:
        wanted = f"size:{name}:{size}"

        def fits(value: object) -> bool:
            length = measure(value, counting) if isinstance(value, str) else size
            return length <= size if name.startswith("max") else length >= size

        self._checker.checks(wanted)(fits)
        return wanted

    def _union(self, definition: Json, lexicon: str) -> Json:
        schema: Json = {
            "type": "object",
            "properties": {"$type": {"type": "string"}},
            "required": ["$type"],
            "allOf": [],
        }
        for ref in definition["refs"]:
            place = self._place(ref, lexicon)
            kind = {"properties": {"$type": {"const": _name(*place)}}, "required": ["$type"]}
            schema["allOf"].append({"if": kind, "then": {"$ref": _pointer(*place)}})
        return schema

    def _place(self, ref: str, lexicon: str) -> tuple[str, str]:
        named, _hash, name = _absolute(ref, lexicon).partition("#")
        return named, name or "main"


ERROR: Json = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error"],
}
"""The shape of every XRPC error (atproto.com/specs/xrpc)."""


def _fits(pattern: re.Pattern[str], name: str) -> Any:
    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True
        # The syntax alone lets the 31st of February pass.
        instant = datetime.fromisoformat(value) if name == "datetime" else True
        return pattern.fullmatch(value) is not None and bool(instant)

    return fits


def _absolute(ref: str, lexicon: str) -> str:
    return f"{lexicon}{ref}" if ref.startswith("#") else ref


def _name(lexicon: str, name: str) -> str:
    return lexicon if name == "main" else f"{lexicon}#{name}"


def _pointer(lexicon: str, name: str) -> str:
    return f"urn:spec#/components/schemas/{lexicon}%23{name}"


def _is_record(lexicon: Json) -> bool:
    return bool(lexicon["defs"].get("main", {}).get("type") == "record")


def _refs(definition: Any) -> list[str]:
    if isinstance(definition, list):
        return [ref for each in definition for ref in _refs(each)]
    if not isinstance(definition, dict):
        return []
    own = [definition["ref"]] if definition.get("type") == "ref" else definition.get("refs", [])
    return [*own, *(ref for each in definition.values() for ref in _refs(each) if isinstance(each, dict | list))]


def _plain(definition: Any) -> Any:
    if isinstance(definition, list):
        return [_plain(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    return {
        name: _plain(each) for name, each in definition.items() if not (name == "description" and isinstance(each, str))
    }
