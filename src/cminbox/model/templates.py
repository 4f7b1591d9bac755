"""Saved replies: what a colleague wrote once, and how it stands in the store."""

from __future__ import annotations

from pydantic import Field

from cminbox.model.base import Frozen, Instant


class Variant(Frozen):
    """One text of a template, for a network (empty: any) and a language (ISO 639, empty: any).

    Several variants for the same network and language take turns where many people are answered at once.
    """

    network: str = ""
    language: str = ""
    body: str


class Written(Frozen):
    """A template as a person writes it. `brand` empty: for every brand; `folder` is a path with "/" ("shop/refunds").

    Names and shortcuts are unique within a brand, whatever their case and accents.
    """

    name: str
    shortcut: str = ""
    brand: str = ""
    folder: str = ""
    variants: tuple[Variant, ...] = Field(min_length=1)


class Template(Written):
    """A template of the store. `version` names what it says now; `uses` counts the answers that were sent with it."""

    id: int
    version: int
    uses: int = 0
    last_used_at: Instant | None = None

    @property
    def written(self) -> Written:
        """What the person wrote, without what the store knows."""
        return Written(
            name=self.name, shortcut=self.shortcut, brand=self.brand, folder=self.folder, variants=self.variants
        )
