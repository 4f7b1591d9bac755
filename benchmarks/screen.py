"""What the screen costs in a small and in a large store: `python benchmarks/screen.py SMALL LARGE`.

Both are homes made by generate.py. The inbox runs on a real pty of 120x40, the two stores in turn; time is from exec to
the moment the full list stands (rows and position), bytes are what would cross an SSH line. CPU is the program's own,
its threads included. Absolute times are of this machine; compare the columns and the ratio.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.terminal import Terminal

SIZE = (120, 40)
RUNS = 5
STEPS = 20
IDLE_S = 3.0
COMMAND = [sys.executable, "-c", "import sys; from cminbox.cli import main; sys.exit(main([]))"]


def main(small: Path, large: Path) -> None:
    homes = (small, large)
    found: list[dict[str, list[float]]] = [{}, {}]
    for _ in range(RUNS):
        for home, values in zip(homes, found, strict=True):
            for name, value in measured(home).items():
                values.setdefault(name, []).append(value)
    print(f"{'':34}{small.name:>12}{large.name:>12}{'ratio':>8}")
    for name in found[0]:
        a, b = (statistics.median(values[name]) for values in found)
        ratio = f"{b / a:8.2f}" if a else f"{'-':>8}"
        print(f"{name:34}{a:12.1f}{b:12.1f}{ratio}")
    baseline = statistics.median(bare() for _ in range(RUNS))
    print(f"{'bare python -c pass, ms':34}{baseline:12.1f}{baseline:12.1f}")


def measured(home: Path) -> dict[str, float]:
    """One run: start, steps of the cursor, lines and pages scrolled, idling."""
    began = time.perf_counter()
    terminal = Terminal(COMMAND, SIZE, CMINBOX_HOME=str(home), LANG="C.UTF-8", TZ="UTC")
    try:
        terminal.until(lambda t: "1 / " in t.lines[-2] and bool(t.lines[-3].strip()))
        started = (time.perf_counter() - began) * 1000
        cpu = terminal.cpu_s()
        terminal.quiet()
        first = float(len(terminal.raw))
        steps = each(terminal, "j", STEPS)
        burst = keys(terminal, "j" * 300, f"{STEPS + 301} / ")
        terminal.type("gg")
        terminal.quiet()
        for _ in range(SIZE[1]):
            terminal.type("j")
        terminal.quiet()
        scrolls = each(terminal, "j", STEPS)
        pages = each(terminal, "\x1b[6~", 5)
        idle_from, idle_cpu = len(terminal.raw), terminal.cpu_s()
        terminal.watch(IDLE_S)
        return {
            "first screen, ms": started,
            "first screen, CPU ms": cpu * 1000,
            "first screen, bytes": first,
            "j, bytes": statistics.median(each_[0] for each_ in steps),
            "j, CPU ms": statistics.mean(each_[1] for each_ in steps),
            "300 j in one write, bytes a key": burst[0] / 300,
            "300 j in one write, CPU ms a key": burst[1] / 300,
            "j that scrolls a line, bytes": statistics.median(each_[0] for each_ in scrolls),
            "a page down, bytes": statistics.median(each_[0] for each_ in pages),
            "idle, bytes a second": (len(terminal.raw) - idle_from) / IDLE_S,
            "idle, CPU ms a second": (terminal.cpu_s() - idle_cpu) * 1000 / IDLE_S,
            "resident, MiB": terminal.rss_mib(),
        }
    finally:
        terminal.close()


def each(terminal: Terminal, key: str, times: int) -> list[tuple[float, float]]:
    """Press a key some times, one by one: (bytes, CPU ms) of each."""
    return [keys(terminal, key) for _ in range(times)]


def keys(terminal: Terminal, typed: str, until: str = "") -> tuple[float, float]:
    cpu, before = terminal.cpu_s(), len(terminal.raw)
    terminal.type(typed)
    if until:
        terminal.until(until)
    terminal.quiet()
    return float(len(terminal.raw) - before), (terminal.cpu_s() - cpu) * 1000


def bare() -> float:
    began = time.perf_counter()
    os.waitpid(os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", "pass"]), 0)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
