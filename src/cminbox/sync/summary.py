"""What came of one round of reading and sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SyncSummary:
    """The object of `cminbox sync --once --json`.

    `messages_in`, `acts_sent` and `acts_failed` count what happened in the round; `acts_uncertain`, `acts_review` and
    `acts_waiting` (held or queued, and left) what stands so at its end. `errors` are translated sentences, each
    beginning with the account's name.
    """

    accounts: int = 0
    messages_in: int = 0
    acts_sent: int = 0
    acts_failed: int = 0
    acts_uncertain: int = 0
    acts_review: int = 0
    acts_waiting: int = 0
    errors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object for `--json`."""
        return {**asdict(self), "errors": list(self.errors)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SyncSummary:
        """What `as_json` made, in this process or another; unknown keys of a newer one are passed over."""
        known = {name: value[name] for name in cls.__dataclass_fields__ if name in value}
        return cls(**{**known, "errors": tuple(value.get("errors", ()))})
