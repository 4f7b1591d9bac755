"""The watch of arrivals on a store: a spike is announced once, in whichever process, and ends."""

from __future__ import annotations

import asyncio

from tests.inbox.office import Office

from cminbox.inbox.spikes import CALM, LOOK_S, SPIKE, SpikeWatch
from cminbox.store import accounts, journal, spikes

_DAY_S = 24 * 3600
TEXT = "Bonjour, le code de la promotion est refusé au moment de payer"


async def several(office: Office, n: int) -> None:
    """So many people write within seconds."""
    now = office.clock.now()
    for _ in range(n):
        number = next(office.numbers)
        await office.arrive(f"k{number}", f"p{number}", TEXT, at=now)
        office.clock._elapsed -= 60


async def test_a_spike_is_announced_once_with_its_wave_and_ends(office: Office) -> None:
    watch = SpikeWatch(await office.desk())
    await office.clock.advance(_DAY_S)
    await several(office, 3)
    assert await watch.look() == []
    await several(office, 30)
    (spike,) = await watch.look()
    assert (spike.count, spike.usual, spike.ended_ms) == (33, 0.0, None)
    assert spike.cluster_id is not None
    await several(office, 30)
    assert await watch.look() == []
    assert [(each.id, each.peak) for each in await office.store.read(spikes.lasting)] == [(spike.id, 63)]
    await office.clock.advance(3600)
    assert await watch.look() == []
    assert await office.store.read(spikes.lasting) == []
    said = [entry.verb for entry in await office.store.read(journal.latest, 500) if entry.verb in (SPIKE, CALM)]
    assert said == [CALM, SPIKE]


async def test_another_process_announces_it_not_again(office: Office) -> None:
    await office.clock.advance(_DAY_S)
    await several(office, 30)
    assert len(await SpikeWatch(await office.desk()).look()) == 1
    assert await SpikeWatch(await office.desk("omar")).look() == []


async def test_what_every_week_brings_at_this_hour_is_no_spike(office: Office) -> None:
    watch = SpikeWatch(await office.desk())
    for week in range(5):
        await several(office, 40)
        found = await watch.look()
        assert len(found) == (1 if week < 2 else 0), week
        await office.clock.advance(3600)
        await watch.look()
        await office.clock.advance(7 * _DAY_S - 3600)


async def test_imported_messages_are_no_spike(office: Office) -> None:
    account_id = await office.store.write(accounts.ensure_import, "twitter")
    office.account = await office.store.read(accounts.get, account_id)
    await several(office, 50)
    assert await SpikeWatch(await office.desk()).look() == []


async def test_it_looks_by_itself_again_and_again(office: Office) -> None:
    desk = await office.desk()
    await several(office, 30)
    running = asyncio.create_task(SpikeWatch(desk).run())
    for _turn in range(2000):
        await desk.store.ingest(lambda _tx: None)
        found = await desk.store.read(spikes.between, 0, 1 << 60)
        if found:
            break
    assert len(found) == 1
    for _ in range(60):
        await office.store.read(lambda _db: None)
        await office.clock.advance(LOOK_S / 10)
    running.cancel()
    assert await desk.store.read(spikes.between, 0, 1 << 60) == found
