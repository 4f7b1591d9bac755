"""Leaving: what happens to acts that have not left, and being suspended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cminbox.i18n import _, ngettext
from cminbox.inbox import outbox, overview
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.text import safe
from cminbox.ui.stage import Question, Stage

PATIENCE_S = 30.0
"""How long "send now" waits for the networks before the daemon is left to it."""
_LOOK_S = 0.2


class LeavingControl:
    """Quits, and asks first where something of ours is still to leave."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"app.quit": self.quit, "app.suspend": self.suspend}

    def quit(self) -> None:
        """Leave; where acts of mine are held or queued, ask what becomes of them."""

        async def job() -> None:
            leaving = await overview.my_leaving(self.stage.desk)
            if leaving:
                self._ask(leaving)
            else:
                self.stage.app.exit(0)

        self.stage.hold_for(job)

    def suspend(self) -> None:
        """To the background (Ctrl-Z); another process may read and send meanwhile."""

        async def job() -> None:
            await self.stage.service.stop()
            await self.stage.app.to_background()
            await self.stage.service.start()

        self.stage.jobs.then(job)

    def _ask(self, leaving: Sequence[ActRow]) -> None:
        n = len(leaving)
        text = ngettext("{n} reply or act has not left yet.", "{n} replies or acts have not left yet.", n).format(n=n)
        send, leave, back = _("s"), _("l"), _("d")
        daemon = self.stage.service.sender_runs() and not self.stage.service.holds_lease
        told = _("leave to the daemon") if daemon else _("leave for the next start")
        self.stage.ask(
            Question(
                text,
                [(send, _("send now")), (leave, told), (back, _("back to drafts")), ("Esc", _("stay"))],
                {
                    send: lambda: self._spawn(self._send_now(leaving)),
                    leave: lambda: self.stage.app.exit(0),
                    back: lambda: self.stage.jobs.then(lambda: self._to_drafts(leaving)),
                },
            )
        )

    def _spawn(self, job: Coroutine[Any, Any, None]) -> None:
        self.stage.jobs.aside(job)

    async def _send_now(self, leaving: Sequence[ActRow]) -> None:
        desk, ids = self.stage.desk, [act.id for act in leaving]
        if not self.stage.service.sender_runs():
            self.stage.tell(_("Nobody sends now: nothing reads and sends on this data folder."), "error")
            return
        self.stage.tell(_("Sending... Esc and q leave it to the daemon."))
        await overview.send_now(desk, ids)
        end = desk.clock.monotonic() + PATIENCE_S
        waiting = (ActState.HELD, ActState.QUEUED, ActState.SENDING)
        while desk.clock.monotonic() < end:
            still = [act for act in await outbox.rows(desk, waiting) if act.id in ids]
            if not still:
                self.stage.app.exit(0)
                return
            await desk.clock.sleep(_LOOK_S)
        self.stage.tell(_("The network has not taken everything yet; q asks again."), "warning")

    async def _to_drafts(self, leaving: Sequence[ActRow]) -> None:
        outcome = await outbox.cancel(self.stage.desk, [act.id for act in leaving])
        errors = [line.error for line in outcome.skipped if line.error]
        if errors:
            self.stage.tell(safe(errors[0]), "error")
        else:
            self.stage.app.exit(0)
