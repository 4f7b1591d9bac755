"""What reading a list comes to, whatever the network: a mark that is kept in the cursor, and what was gathered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, cast

from pydantic import TypeAdapter, ValidationError

from cminbox.model.changes import Batch, Change, SetAside


@dataclass(frozen=True)
class Kept:
    """Base of marks, which are frozen dataclasses that begin with their defaults and are kept as JSON in a cursor."""

    @classmethod
    def load(cls, cursor: object) -> Self:
        """A mark out of a cursor; the beginning for no cursor and for one that is none of ours."""
        if not isinstance(cursor, dict) or fields(cls)[0].name not in cursor:
            return cls()
        try:
            if cls not in _ADAPTERS:
                _ADAPTERS[cls] = TypeAdapter(cls)
            return cast(Self, _ADAPTERS[cls].validate_python(cursor))
        except ValidationError:
            return cls()

    def dump(self) -> dict[str, Any]:
        """The mark as JSON."""
        return asdict(self)


_ADAPTERS: dict[type[Kept], TypeAdapter[Any]] = {}


@dataclass
class Found:
    """What a reading gathers: changes in order, and what was not understood."""

    changes: list[Change] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def batch(self, feed: str, cursor: dict[str, Any], *, more: bool = False) -> Batch:
        """The batch of a feed that was read up to `cursor`."""
        return Batch(feed=feed, changes=tuple(self.changes), cursor=cursor, more=more, set_aside=tuple(self.set_aside))
