"""Run the inbox in the terminal this process has, on the data folder given; with `real`, on real time."""

from __future__ import annotations

import sys
from pathlib import Path

from cminbox.clock import SimulatedClock, SystemClock
from cminbox.paths import Home
from cminbox.ui.app import run

if __name__ == "__main__":
    folder, elapsed = Path(sys.argv[1]), float(sys.argv[2])
    clock = SimulatedClock()
    clock._elapsed = elapsed
    sys.exit(run("léa", home=Home.at(folder), clock=SystemClock() if "real" in sys.argv else clock, sync=False))
