"""Accounts connected and renewed on the screen: the same questions as on the command line, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cminbox.i18n import _
from cminbox.inbox import overview
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState
from cminbox.model.connecting import Needs
from cminbox.text import fold, pad, safe, wrap
from cminbox.ui import joining, words
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.joining import Ask
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

if TYPE_CHECKING:
    from cminbox.service import SignIn


@dataclass
class _Talk:
    """One conversation about an account: what its network wants, what was said. `renews`: an account that is there."""

    needs: Needs
    renews: Account | None = None
    answers: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.renews.url if self.renews is not None else self.answers.get("url", "")


class AccountControl:
    """Connects, renews and shows accounts. What asks a network is done beside the keys; Esc breaks it off."""

    def __init__(self, stage: Stage, sheets: SheetControl, picking: PickingControl) -> None:
        self.stage = stage
        self.sheets = sheets
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"account.add": self.add, "account.renew": self.renew}

    def begin(self) -> None:
        """The first frame stands: say whose token ends within days."""

        async def job() -> None:
            now, zone = self.stage.desk.clock.now(), self.stage.app.zone
            found = [joining.ending(line.account, now, zone) for line in await overview.all_accounts(self.stage.desk)]
            ending = [each for each in found if each]
            if ending:
                self.stage.tell(_("Attention: {what}.").format(what=", ".join(ending)), "warning")

        self.stage.jobs.aside(job())

    def add(self) -> None:
        """Connect an account: first, on which network."""

        async def find(text: str) -> Sequence[Choice]:
            wanted = fold(text.strip())
            names = await self.stage.service.joining.networks()
            return [
                Choice([("bar_value", pad(safe(name), 14)), ("bar", words.network_title(name))], name)
                for name in names
                if wanted in fold(name) or wanted in fold(words.network_title(name))
            ]

        async def take(item: Any, text: str) -> None:
            network = item or text.strip()
            if network:
                await self._next(_Talk(await self.stage.service.joining.needs(network)))

        self.picking.open(Picker(_("Network: "), find, take, hint=_("Enter takes it, Esc leaves")))

    def renew(self) -> None:
        """Give the account under the cursor a new token."""
        pick = self.sheets.widget.item
        if self.stage.sheet_area and isinstance(pick, Pick) and pick.account:
            self._renew(pick.account)

    def choose(self, name: str) -> None:
        """Renew an account that rests, or whose token ends; show any other."""

        async def job() -> None:
            account = await self.stage.service.joining.account(name)
            rests = account.state is AccountState.PAUSED or account.token_ends(self.stage.desk.clock.now()) is not None
            if rests and account.state is not AccountState.IMPORT:
                await self._next(_Talk(await self.stage.service.joining.needs(account.network), account))
            else:
                self._show(account, safe(account.name), [])

        self.stage.hold_for(job)

    def _renew(self, name: str) -> None:
        async def job() -> None:
            account = await self.stage.service.joining.account(name)
            if account.state is AccountState.IMPORT:
                self.stage.tell(_("{name} is no login: its messages were imported.").format(name=safe(name)), "warning")
            else:
                await self._next(_Talk(await self.stage.service.joining.needs(account.network), account))

        self.stage.hold_for(job)

    async def _next(self, talk: _Talk) -> None:
        """Ask what is missing, else do it."""
        ask = joining.next_ask(talk.needs, talk.answers, renewing=talk.renews is not None)
        if ask is not None:
            self.picking.open(self._picker(talk, ask))
        elif talk.answers.get("way", joining.TOKEN) == joining.TOKEN:
            self._away(talk, lambda: self._connect(talk, talk.answers.pop("secret", "")))
        else:
            self._away(talk, lambda: self._sign_in(talk))

    def _picker(self, talk: _Talk, ask: Ask) -> Picker:
        async def find(text: str) -> Sequence[Choice]:
            wanted = text.strip()
            return [
                Choice([("bar_value", pad(value, 10)), ("bar", told)], value)
                for value, told in ask.choices
                if value.startswith(wanted)
            ]

        async def look(_item: Any, _text: str) -> list[Line]:
            return [[("bar", f" {safe(ask.hint)}")]] if ask.hint else []

        async def take(item: Any, text: str) -> None:
            said = text.strip()
            chosen = str(item) if item is not None else said or ask.usual
            problem = joining.wrong(ask, chosen, self.stage.desk.clock.now(), self.stage.app.zone)
            if not problem:
                talk.answers[ask.key] = chosen
            await self._next(talk)
            if problem:
                self.stage.tell(problem, "warning")

        return Picker(ask.word, find, take, look, hidden=ask.hidden, hint=_("Enter, or Esc leaves"))

    def _away(self, talk: _Talk, job: Callable[[], Awaitable[None]]) -> None:
        """Ask the network; keys wait, Esc breaks it off."""
        self.stage.tell(_("Asking {network}... Esc breaks it off.").format(network=talk.needs.title))
        router = self.stage.router
        router.hold()

        async def asking() -> None:
            try:
                await job()
            except asyncio.CancelledError:
                self.stage.tell(_("Broken off."), "warning")
            finally:
                router.interrupt = None
                router.release()

        task = self.stage.jobs.aside(asking())

        def interrupt() -> None:
            task.cancel()

        router.interrupt = interrupt

    async def _sign_in(self, talk: _Talk) -> None:
        """Let the person allow it in a browser, here or elsewhere."""
        here = talk.answers["way"] == joining.BROWSER
        login = await self.stage.service.joining.sign_in(talk.needs.network, talk.url, loopback=here)
        waiting: asyncio.Task[None] | None = None
        begun = ""

        def end() -> None:
            if waiting is not None:
                waiting.cancel()
            self.stage.jobs.aside(login.aclose())

        async def find(_text: str) -> Sequence[Choice]:
            return ()

        async def look(_item: Any, _text: str) -> list[Line]:
            more = _("That is not all of the text: paste the rest, or all of it again.") if begun else ""
            return [*self._address(login), *([[("bar_value", f" {more}")]] if more else [])]

        async def take(_item: Any, text: str) -> None:
            nonlocal begun
            # Some terminals end a line where the text that is pasted has one.
            typed = begun + text if login.lacks(text) else text
            if not text.strip() or login.lacks(typed):
                begun = typed
                self.picking.open(picker)
                return
            if waiting is not None:
                waiting.cancel()
            self._away(talk, lambda: self._finish(talk, login, typed))

        picker = Picker(_("Code: "), find, take, look, hint=_("Esc leaves"), left=end)
        self.picking.open(picker)
        if here:
            waiting = self.stage.jobs.endless(self._arrival(talk, login, picker))
        else:
            self.stage.app.copy_to_clipboard(login.address)

    async def _arrival(self, talk: _Talk, login: SignIn, picker: Picker) -> None:
        """The browser comes back, or nobody does."""
        try:
            await login.arrival()
        except Exception:
            self.picking.drop(picker)
            await login.aclose()
            raise
        self.picking.drop(picker)
        self._away(talk, lambda: self._finish(talk, login, ""))

    async def _finish(self, talk: _Talk, login: SignIn, typed: str) -> None:
        async with login:
            granted = await login.finish(typed)
        talk.told = joining.missing_rights(talk.needs, granted.missing)
        await self._connect(talk, granted.token)

    async def _connect(self, talk: _Talk, secret: str) -> None:
        service, answers = self.stage.service, talk.answers
        if talk.renews is not None:
            account = await service.renew_account(talk.renews.name, secret)
            title = _("{name} goes on where it stopped.").format(name=safe(account.name))
        else:
            account = await service.add_account(
                talk.needs.network,
                secret=secret,
                url=talk.url,
                name=answers.get("name", ""),
                brand=answers.get("brand", ""),
                settings=joining.settings_of(answers),
                since=joining.moment(answers["since"], self.stage.desk.clock.now(), self.stage.app.zone),
            )
            title = joining.connected(account)
        self.stage.app.notices.forget()
        self._show(account, title, talk.told)

    def _show(self, account: Account, title: str, first: Sequence[str]) -> None:
        """What the account can and cannot do."""
        lines = [*first, *joining.told(account, self.stage.app.zone)]
        room = max(20, self.stage.app.size.width - 4)
        entries = [
            Entry([("warning" if line in first else "text", f"{'  ' if index == 0 else '    '}{part}")])
            for line in lines
            for index, part in enumerate(wrap(line, room - 2))
        ]
        self.sheets.open(self._content(Content("account", title, entries)))

    @staticmethod
    def _content(content: Content) -> Callable[[], Awaitable[Content]]:
        async def build() -> Content:
            return content

        return build

    def _address(self, login: SignIn) -> list[Line]:
        room = max(20, self.stage.app.size.width - 2)
        address = safe(login.short or login.address)
        if login.short:
            told = [_("Open this here and allow cminbox; the browser brings it back. A code can be typed in too:")]
        elif login.hint:
            told = [_("Open this anywhere (it is in the clipboard) and allow cminbox."), _(login.hint)]
        else:
            told = [_("Open this anywhere (it is in the clipboard) and allow cminbox; then type the code:")]
        parts = [address[start : start + room] for start in range(0, len(address), room)]
        said: list[Line] = [[("bar", f" {line}")] for text in told for line in wrap(text, room)]
        return [*said, *([("bar_value", f" {part}")] for part in parts)]
