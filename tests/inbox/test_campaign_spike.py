"""The campaign of the demo, on a store without any history: its wave is announced within a minute, and once."""

from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.inbox import clusters, triage
from cminbox.inbox.spikes import LOOK_S, SpikeWatch, announced
from cminbox.practice.campaign import campaign
from cminbox.practice.script import Theme


@pytest.mark.parametrize("begins_s", [0, 300, 600, 880])
@pytest.mark.parametrize("at_work", [False, True])
async def test_the_wave_is_announced_within_a_minute_and_once(office: Office, begins_s: int, at_work: bool) -> None:
    """Whenever in a quarter of an hour the hour begins, and whether somebody deals with all of it at once or not."""
    desk = await office.desk()
    watch = SpikeWatch(desk)
    await office.clock.advance(begins_s)
    cues = [cue for cue in campaign().cues if cue.text and cue.theme is not None]
    first = min(cue.at_s for cue in cues if cue.theme is Theme.WAVE)
    elapsed, looked, said = 0.0, 0.0, []
    for number, cue in enumerate(cues):
        while looked + LOOK_S <= cue.at_s:
            looked += LOOK_S
            await office.clock.advance(looked - elapsed)
            elapsed = looked
            for spike in await watch.look():
                said.append((elapsed, spike))
        await office.clock.advance(cue.at_s - elapsed)
        elapsed = cue.at_s
        office.clock._elapsed -= 60  # `arrive` takes a minute of its own
        place = await office.arrive(f"k{number}", cue.who, cue.text)
        if at_work and number % 5 == 0:
            await triage.done(desk, [place])
    ((at, spike),) = said
    assert 0 < at - first < 60
    assert spike.cluster_id is not None
    assert "printemps20" in (await clusters.get(desk, spike.cluster_id)).text.lower()
    assert await announced(desk) == 1
