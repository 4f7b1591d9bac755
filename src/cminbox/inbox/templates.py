"""Answering with a template: which of its texts fits a conversation, what it becomes there, and sending it.

For the screen: `search` and `preview`, then `replies.reply(..., template=)` with the text as the person left it. For
one conversation or many at once: `answer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from cminbox.errors import UsageError
from cminbox.i18n import _, language, ngettext
from cminbox.inbox import checks, replies, tongues
from cminbox.inbox.checks import Length
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.template_search import Hit, search
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState, ActVerb, Direction
from cminbox.model.rows import PersonRow
from cminbox.model.templates import Template, Variant
from cminbox.store import accounts, messages, people, standing, templates
from cminbox.text import safe

__all__ = ["Hit", "Preview", "answer", "chosen", "preview", "questions", "require_filled", "search", "texts"]

_LANGUAGE_SETTING = "language"


@dataclass(frozen=True)
class Preview:
    """What a template becomes in a conversation.

    `text` is the whole answer; where something is `missing` (questions and variables without a value) its name stands
    there in angle marks, and it cannot be sent. `language` is that of the chosen variant ("": any), `wanted` that of
    the message ("": nobody knows). `lengths` are by network, this conversation's first, then those we also have
    accounts on: (what the answer would be there, as that network counts, and the most it takes). `variant`: which of
    the template's texts it is, from 1.
    """

    text: str
    missing: tuple[str, ...]
    language: str
    lengths: Mapping[str, Length]
    template: Template
    questions: tuple[str, ...] = ()
    wanted: str = ""
    variant: int = 1


@dataclass(frozen=True)
class _Scene:
    """What a template meets in a conversation: our account, the person, what they wrote and in which language.

    `to`: who would be mentioned first; empty where the answer goes on from a message of our own.
    """

    conversation: int
    account: Account
    person: PersonRow | None
    text: str
    lang: str
    private: bool
    brand: str
    to: str
    others: tuple[Account, ...]

    @property
    def values(self) -> dict[str, str]:
        who = self.person
        if who is None:
            return {"account.name": self.account.name}
        return {
            "account.name": self.account.name,
            "person.first_name": " ".join(who.first_name.split()),
            "person.name": " ".join(who.name.split()),
            "person.handle": " ".join(who.handle.split()),
        }


async def preview(
    desk: Desk,
    template_id: int,
    conversation_id: int,
    answers: Mapping[str, str] | None = None,
    *,
    private: bool = False,
    to_message: int | None = None,
    turn: int = 0,
) -> Preview:
    """What a template becomes in a conversation, with the answers to its questions so far. Nothing is sent.

    An answer's name is the question ("order number", "order_number") or a variable ("person.first_name"). Equal
    variants take turns by `turn`. Raises UsageError where there is no such template or conversation, it is another
    brand's, or an answer is to no question of it.
    """
    await _ready()
    template = await desk.store.read(_template, template_id)
    scene = await desk.store.read(_scene, conversation_id, private, to_message)
    return await _previewed(desk, template, scene, answers or {}, turn)


async def questions(desk: Desk, template_id: int) -> tuple[str, ...]:
    """What a template asks before it is sent, in any of its variants."""
    await _ready()
    return _questions(await desk.store.read(_template, template_id))


async def never_filled(desk: Desk, template_id: int) -> tuple[str, ...]:
    """What a template needs (questions, variables) that would still be missing for somebody of whom all is known."""
    await _ready()
    return _never_filled(desk, await desk.store.read(_template, template_id))


async def answer(
    desk: Desk,
    conversations: int | Sequence[int],
    template_id: int,
    answers: Mapping[str, str] | None = None,
    *,
    private: bool = False,
    to_message: int | None = None,
    seen: int | None = None,
) -> Outcome:
    """Answer one conversation, or each of many with its own values, as one step; equal variants take turns.

    The variables are each person's, the answers the same for all. What is not filled stops the send: one raises
    UsageError that names what is missing, of many that conversation is skipped. Else as `replies.reply`.
    """
    await _ready()
    template = await desk.store.read(_template, template_id)
    ids = [conversations] if isinstance(conversations, int) else list(dict.fromkeys(conversations))
    texts, skipped = await _texts(
        desk, template, ids, answers or {}, private, to_message, single=isinstance(conversations, int)
    )
    to = conversations if isinstance(conversations, int) else list(texts)
    done = await replies.reply(desk, to, texts, private=private, to_message=to_message, seen=seen, template=template_id)
    return replace(done, skipped=(*skipped, *done.skipped))


async def texts(
    desk: Desk, template_id: int, ids: Sequence[int], answers: Mapping[str, str]
) -> tuple[dict[int, str], list[Line]]:
    """What a template becomes for each of many conversations; and those for which it cannot be filled, with why."""
    await _ready()
    template = await desk.store.read(_template, template_id)
    return await _texts(desk, template, ids, answers, False, None)


def require_filled(found: Preview) -> None:
    """Raise UsageError that names what has no value yet, and how to give it."""
    if not found.missing:
        return
    names = ", ".join(safe(name) for name in found.missing)
    raise UsageError(
        ngettext(
            "The template {name} needs a value for {missing}.",
            "The template {name} needs values for {missing}.",
            len(found.missing),
        ).format(name=safe(found.template.name), missing=names),
        _('Give it with --set "{missing}=...".').format(missing=safe(found.missing[0])),
    )


def chosen(template: Template, network: str, tongue: str, fallbacks: Sequence[str] = (), turn: int = 0) -> Variant:
    """The variant for a network and a message in a language ("": unknown).

    The message's language goes first, then a text for any language, then the `fallbacks` in order, then whatever there
    is; among these the network's own before one for any. What is written for another network never is chosen, unless
    there is nothing else. Equal ones take turns by `turn`.
    """

    def rank(variant: Variant) -> tuple[bool, int, bool]:
        elsewhere = variant.network not in ("", network)
        if tongue and variant.language == tongue:
            near = 0
        elif not variant.language:
            near = 1
        else:
            near = 2 + (fallbacks.index(variant.language) if variant.language in fallbacks else len(fallbacks))
        return elsewhere, near, variant.network != network

    best = min(map(rank, template.variants))
    pool = [variant for variant in template.variants if rank(variant) == best]
    return pool[turn % len(pool)]


async def _ready() -> None:
    """Have the template engine imported: a tenth of a second that no key waits for."""
    await asyncio.to_thread(import_module, "cminbox.inbox.template_text")


async def _texts(
    desk: Desk,
    template: Template,
    ids: Sequence[int],
    answers: Mapping[str, str],
    private: bool,
    to_message: int | None,
    *,
    single: bool = False,
) -> tuple[dict[int, str], list[Line]]:
    found: dict[int, str] = {}
    skipped: list[Line] = []
    for conversation_id in ids:
        try:
            scene = await desk.store.read(_scene, conversation_id, private, to_message)
            previewed = await _previewed(desk, template, scene, answers, len(found))
            require_filled(previewed)
            found[conversation_id] = previewed.text
        except UsageError as error:
            if single:
                raise
            now = await desk.store.read(standing.of, conversation_id)
            skipped.append(Line(conversation_id, now.state if now else None, error=str(error)))
    return found, skipped


async def _previewed(desk: Desk, template: Template, scene: _Scene, answers: Mapping[str, str], turn: int) -> Preview:
    if template.brand and template.brand != scene.brand:
        raise UsageError(
            _("The template {name} is for {brand}; this conversation is not.").format(
                name=safe(template.name), brand=safe(template.brand)
            )
        )
    _known(template, answers)
    tongue = scene.lang or await _detected(template, scene.text)
    guesses = _guesses(desk, scene.account)
    wanted = tongue or (guesses[0] if guesses else "")
    values = scene.values | _me(desk)

    def filled(account: Account) -> tuple[Variant, str, tuple[str, ...]]:
        from cminbox.inbox import template_text

        variant = chosen(template, account.network, wanted, guesses, turn)
        found = template_text.fill(variant.body, values | {"account.name": account.name}, answers)
        return variant, found.text, found.missing

    variant, text, missing = filled(scene.account)
    lengths = {scene.account.network: checks.length(scene.account, text, private=scene.private, to=scene.to)}
    for other in scene.others:
        if other.network not in lengths:
            lengths[other.network] = checks.length(other, filled(other)[1], private=scene.private)
    return Preview(
        text=text,
        missing=missing,
        language=variant.language,
        lengths=lengths,
        template=template,
        questions=_questions(template),
        wanted=tongue,
        variant=template.variants.index(variant) + 1,
    )


def _never_filled(desk: Desk, template: Template) -> tuple[str, ...]:
    from cminbox.inbox import template_text

    known = {f"person.{each}": "x" for each in template_text.VARIABLES["person"]} | {"account.name": "x"} | _me(desk)
    found = (template_text.fill(variant.body, known, {}).missing for variant in template.variants)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _me(desk: Desk) -> dict[str, str]:
    return {"me.name": desk.settings.me.name, "me.signature": desk.settings.me.signature}


def _questions(template: Template) -> tuple[str, ...]:
    from cminbox.inbox import template_text

    found: dict[str, str] = {}
    for variant in template.variants:
        for question in template_text.asked(variant.body).questions:
            found.setdefault(template_text.key(question), question)
    return tuple(found.values())


def _known(template: Template, answers: Mapping[str, str]) -> None:
    """Raise UsageError for an answer to what a template does not ask: most likely a slip of the keys."""
    from cminbox.inbox import template_text

    asked = _questions(template)
    variables = {name for each in template.variants for name in template_text.asked(each.body).variables}
    known = {template_text.key(name) for name in (*asked, *variables)}
    for name in answers:
        if template_text.key(name) not in known:
            raise UsageError(
                _("The template {name} does not ask for {what}.").format(name=safe(template.name), what=safe(name)),
                _("It asks for: {names}.").format(names=", ".join(map(safe, (*asked, *sorted(variables))))),
            )


async def _detected(template: Template, text: str) -> str:
    """The language of a message where that makes a difference; off the loop, for the first time takes a while."""
    if len({variant.language for variant in template.variants}) < 2:
        return ""
    return await asyncio.to_thread(tongues.detected, text)


def _guesses(desk: Desk, account: Account) -> tuple[str, ...]:
    """In which languages to answer when a message does not tell: the account's, the settings', the screen's."""
    named = (account.settings.get(_LANGUAGE_SETTING), desk.settings.language, language())
    return tuple(dict.fromkeys(found for each in named if (found := tongues.code(each))))


def _template(db: standing.Db, template_id: int) -> Template:
    found = templates.get(db, template_id)
    if found is None:
        raise UsageError(_("There is no template {name}.").format(name=template_id))
    return found


def _scene(db: standing.Db, conversation_id: int, private: bool, to_message: int | None) -> _Scene:
    now, account, verb, target = replies.addressed(db, conversation_id, private, to_message)
    theirs = standing.newest(db, now.id, Direction.IN) if target.by_us else target
    row = messages.get_rows(db, [theirs.id], whole=True) if theirs is not None else []
    person = people.get(db, theirs.person_id) if theirs is not None and theirs.person_id else None
    return _Scene(
        conversation=now.id,
        account=account,
        person=person,
        text=row[0].text if row else "",
        lang=tongues.code(row[0].lang) if row else "",
        private=verb is ActVerb.PRIVATE_REPLY or target.audience.is_private,
        brand=account.brand,
        to=person.label if person is not None and not target.by_us else "",
        others=tuple(each for each in accounts.all_accounts(db) if each.state is not AccountState.IMPORT),
    )
