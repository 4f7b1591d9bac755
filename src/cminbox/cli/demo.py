"""`cminbox demo`: the practice networks, in a data folder of their own, on time that runs faster than the world's."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from cminbox.cli.drill import Drill, Report
from cminbox.cli.printing import emit, say
from cminbox.cli.running import OK, leave
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import ScaledClock, SystemClock
from cminbox.errors import Refused, UsageError
from cminbox.i18n import N_, _, language
from cminbox.inbox import rules_starters, template_files, template_keeping
from cminbox.model.accounts import Account
from cminbox.paths import Home
from cminbox.practice.campaign import campaign
from cminbox.practice.everywhere import everywhere
from cminbox.practice.flood import flood
from cminbox.practice.networks import open_stage
from cminbox.practice.script import Scenario
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox.sync.lease import Lease

_BRAND = "Lumen"
_SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "campaign": campaign,
    "everywhere": everywhere,
    "flood": flood,
}
_SCREEN_PACE = 4.0
"""Simulated seconds in a real one while somebody watches."""
_BEFORE_S = 900.0
"""How much of the scenario has happened when the screen opens."""
_SCREEN_HOLD_S = 40
"""Ten real seconds at the pace of the screen."""
_PLAYING = 0.8
"""The part of the given wall time in which the scenario plays; the rest is for what is left to send."""


def demo(
    ctx: typer.Context,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help=N_("What happens: campaign, everywhere, flood."))
    ] = "campaign",
    headless: Annotated[
        bool, typer.Option("--headless", help=N_("Without a screen: work the queue and print what happened."))
    ] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=5, max=7200, help=N_("Wall time for the whole hour, without a screen."))
    ] = 30.0,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Run the practice networks and the inbox on them."""
    terms = Terms.of(ctx, as_name, as_json)
    screen = not (headless or terms.as_json) and sys.stdin.isatty() and sys.stdout.isatty()
    leave(lambda: _on_screen(terms, _chosen(scenario)) if screen else _headless(terms, _chosen(scenario), seconds))


class World:
    """The practice networks of one run, on one clock, and a data folder that holds nothing else."""

    def __init__(self, scenario: Scenario, pace: float) -> None:
        self.clock = ScaledClock(SystemClock().now().replace(microsecond=0), pace)
        self.stage = open_stage(scenario, self.clock, _BRAND)
        self.home = Home.at(Home.find().data / "demo")

    def transport_for(self, account: Account) -> PracticeTransport | None:
        """The wire of a practice account."""
        return self.stage.parts[account.network].transport

    def prepare(self, settings: str = "") -> None:
        """Begin with an empty folder. Raises Refused while another demo runs in it."""
        self.home.make()
        if Lease(self.home.lease_file).somebody_holds():
            raise Refused(_("A demo is running already."), _("Leave it first, or set CMINBOX_HOME to another folder."))
        for folder in (self.home.config, self.home.data, self.home.logs):
            shutil.rmtree(folder, ignore_errors=True)
        self.home.make()
        if settings:
            self.home.settings_file.write_text(settings, encoding="utf-8")

    async def connect(self, service: Service) -> None:
        """Connect the brand's accounts, and bring the templates and rules to begin with."""
        for part in self.stage.parts.values():
            login = part.login
            await service.add_account(
                login.network,
                secret=login.secret,
                url=login.url,
                name=login.name,
                brand=_BRAND,
                settings=login.settings,
            )
        await template_keeping.bring_in(service.desk, template_files.starters(language()))
        rules_starters.bring_in(service.desk, self.home)


def _chosen(name: str) -> Scenario:
    if name not in _SCENARIOS:
        raise UsageError(
            _("There is no scenario {name}.").format(name=name),
            _("There is: {names}.").format(names=", ".join(_SCENARIOS)),
        )
    return _SCENARIOS[name]()


def _on_screen(terms: Terms, scenario: Scenario) -> int:
    world = World(scenario, _SCREEN_PACE)
    world.prepare(f"[sending]\nhold_s = {_SCREEN_HOLD_S}\n")

    async def before() -> None:
        async with await Service.open(
            world.home, by=terms.as_name, clock=world.clock, transport_for=world.transport_for, sync=False
        ) as service:
            await world.connect(service)
            await world.stage.rush(_no_renewal, world.clock.skip, _BEFORE_S)

    async def beside(service: Service) -> None:
        async def renew(name: str, secret: str) -> None:
            await service.renew_account(name, secret)

        await world.stage.play(renew)

    asyncio.run(before())
    from cminbox.ui.app import run

    return run(terms.as_name, home=world.home, clock=world.clock, transport_for=world.transport_for, beside=beside)


async def _no_renewal(name: str, secret: str) -> None:  # noqa: ARG001 - no token expires that early
    return None


def _headless(terms: Terms, scenario: Scenario, seconds: float) -> int:
    world = World(scenario, scenario.length_s / (seconds * _PLAYING))
    world.prepare()

    async def inside() -> Report:
        async with await Service.open(
            world.home, by=terms.as_name, clock=world.clock, transport_for=world.transport_for
        ) as service:
            await world.connect(service)
            await service.start()
            return await Drill(service, world.stage).run()

    report = asyncio.run(inside())
    if terms.as_json:
        emit(report.as_json())
    else:
        _tell(report)
    return OK


def _tell(report: Report) -> None:
    lines = (
        (_("networks"), ", ".join(report.networks)),
        (_("messages in"), report.messages_in),
        (_("conversations"), report.conversations),
        (_("replies sent"), report.replies_sent),
        (_("replies failed"), report.replies_failed),
        (_("sent twice"), report.duplicates),
        (_("lost"), report.lost),
        (_("uncertain"), report.uncertain),
        (_("to review"), report.review),
        (_("done without a reply"), report.reviewed_without_reply),
        (_("answers of a network lost on the way"), report.answers_lost_on_the_way),
        (_("tokens renewed"), report.tokens_renewed),
        (_("spikes announced"), report.spikes),
    )
    say(_("An hour of the scenario {name}, played and worked without a screen:").format(name=report.scenario))
    room = max(len(label) for label, _value in lines)
    for label, value in lines:
        say(f"  {label:<{room}}  {value}")
    say(_("What is sent twice or lost was counted at the networks, not in our own store."))
