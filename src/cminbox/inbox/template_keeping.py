"""Keeping templates: adding, editing, removing, finding one by name. Every change is a step that undo takes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import tongues
from cminbox.inbox.desk import Desk
from cminbox.inbox.template_steps import TemplateStep
from cminbox.model.templates import Template, Variant, Written
from cminbox.store import templates
from cminbox.store.database import Tx
from cminbox.store.standing import Db
from cminbox.text import safe, storable

_NAME = 100
_SHORTCUT = 20
_VARIANTS = 100
_NETWORK = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Brought:
    """What came of bringing in many templates: how many are new, changed, and as they were."""

    added: int = 0
    edited: int = 0
    same: int = 0


async def rows(desk: Desk, brand: str | None = None) -> list[Template]:
    """All templates, by folder and name; of one brand ("": those for every brand)."""
    return await desk.store.read(templates.rows, brand)


async def count(desk: Desk) -> int:
    """How many templates there are; where there is none, the starters are there to be brought in."""
    return await desk.store.read(templates.count)


async def get(desk: Desk, template_id: int) -> Template:
    """One template by its number. Raises UsageError where there is none."""
    return await desk.store.read(_get, template_id)


async def find(desk: Desk, named: str, *, brand: str | None = None, conversation: int | None = None) -> Template:
    """The template of a name, a shortcut or a number.

    Where several brands have it: that of `brand`, of the conversation's brand, or the one for every brand. Raises
    UsageError where there is none, or it cannot be told which.
    """
    return await desk.store.read(_find, named, brand, conversation)


async def add(desk: Desk, written: Written) -> Template:
    """Keep a new template. Raises UsageError where it is no template, or its name or shortcut is taken."""
    return await desk.store.write(_add, desk.by_id, checked(written))


async def edit(desk: Desk, template_id: int, written: Written) -> Template:
    """Change a template to what is written. Raises UsageError as `add` does."""
    return await desk.store.write(_edit, desk.by_id, template_id, checked(written))


async def remove(desk: Desk, template_ids: Sequence[int]) -> int:
    """Take templates away, as one step; returns how many. Raises UsageError where one is not there."""
    return await desk.store.write(_remove, desk.by_id, tuple(dict.fromkeys(template_ids)))


async def bring_in(desk: Desk, many: Sequence[Written]) -> Brought:
    """Add or edit many templates, told apart by brand and name, as one step. All or none: raises UsageError."""
    return await desk.store.write(_bring_in, desk.by_id, [checked(written) for written in many])


def checked(written: Written) -> Written:
    """A template tidied up and found sound. Raises UsageError that says what is wrong with it."""
    from cminbox.inbox import template_text

    name, shortcut = _line(written.name, _NAME), _line(written.shortcut, _SHORTCUT)
    if not name:
        raise UsageError(_("A template needs a name."))
    if " " in shortcut:
        raise UsageError(_("{name}: a shortcut is one word.").format(name=safe(name)))
    if len(written.variants) > _VARIANTS:
        raise UsageError(_("{name}: that is more than {most} texts.").format(name=safe(name), most=_VARIANTS))
    variants = []
    for variant in written.variants:
        network, language = variant.network.strip().lower(), variant.language.strip()
        if network and not _NETWORK.fullmatch(network):
            raise UsageError(_("{name}: {word} is no network.").format(name=safe(name), word=safe(network)))
        if language and not tongues.code(language):
            raise UsageError(
                _("{name}: {word} is no language.").format(name=safe(name), word=safe(language)),
                _("Languages are written as en, fr, de ..."),
            )
        body = storable(variant.body).replace("\r\n", "\n").strip()
        try:
            template_text.asked(body)
        except UsageError as error:
            raise UsageError(f"{safe(name)}: {error.message}", error.cure) from error
        variants.append(Variant(network=network, language=tongues.code(language), body=body))
    folder = "/".join(part for each in written.folder.split("/") if (part := _line(each, _NAME)))
    return Written(
        name=name, shortcut=shortcut, brand=_line(written.brand, _NAME), folder=folder, variants=tuple(variants)
    )


def _line(text: str, most: int) -> str:
    found = " ".join(storable(text).split())
    if len(found) > most:
        raise UsageError(
            _("{name} is too long: {most} characters at most.").format(name=safe(f"{found[:most]}…"), most=most)
        )
    return found


def _get(db: Db, template_id: int) -> Template:
    found = templates.get(db, template_id)
    if found is None:
        raise UsageError(_("There is no template {name}.").format(name=template_id))
    return found


def _find(db: Db, named: str, brand: str | None, conversation: int | None) -> Template:
    found = [_get(db, each) for each in templates.named(db, named)]
    if not found and named.strip().isascii() and named.strip().isdigit():
        return _get(db, int(named.strip()[:18]))
    if brand is not None:
        found = [each for each in found if each.brand == brand]
    elif conversation is not None:
        ours = templates.brand_of(db, conversation)
        found = [each for each in found if each.brand == ours] or [each for each in found if not each.brand]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            _("There is no template {name}.").format(name=safe(named)), _("`cminbox templates list` shows all.")
        )
    raise UsageError(
        _("Several brands have a template {name}: {brands}.").format(
            name=safe(named), brands=", ".join(f"{each.id} ({safe(each.brand) or '-'})" for each in found)
        ),
        _("Give its number, or --brand."),
    )


def _add(tx: Tx, by: int, written: Written) -> Template:
    return TemplateStep(tx, by).add(written)


def _edit(tx: Tx, by: int, template_id: int, written: Written) -> Template:
    return TemplateStep(tx, by).edit(_get(tx.db, template_id), written)


def _remove(tx: Tx, by: int, template_ids: Sequence[int]) -> int:
    step = TemplateStep(tx, by)
    for each in [_get(tx.db, template_id) for template_id in template_ids]:
        step.remove(each)
    return len(template_ids)


def _bring_in(tx: Tx, by: int, many: Sequence[Written]) -> Brought:
    step = TemplateStep(tx, by)
    added = edited = same = 0
    for written in many:
        now = templates.of_brand(tx.db, written.brand, written.name)
        if now is None:
            step.add(written)
            added += 1
        elif step.edit(now, written) is now:
            same += 1
        else:
            edited += 1
    return Brought(added, edited, same)
