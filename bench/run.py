#!/usr/bin/env python3
"""Runs the measurements and prints one table.

    run.py                 all; the table is also added to docs/benchmarks.md
    run.py NAME [ARGS]     one, with arguments of its own; nothing is written

A measurement is a folder NAME with a run.py that has `measure(arguments) -> Iterable[Row]`. The table is printed when all
have ended; what is under way is told on standard error.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import table  # noqa: E402
from table import NotRun, Row  # noqa: E402
from tarn import ROOT  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks.md"


def names() -> list[str]:
    return sorted(path.parent.name for path in HERE.glob("*/run.py"))


def measure(name: str, arguments: list[str]) -> Iterator[Row]:
    """The rows of one measurement; its folder's modules are found while it runs."""
    folder = HERE / name
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location(f"bench_{name}", folder / "run.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        yield from module.measure(arguments)
    finally:
        sys.path.remove(str(folder))


def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "an unknown processor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory"


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=, changed"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main() -> int:
    wanted = sys.argv[1:2] or names()
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"no measurement named '{unknown[0]}'; there are: {' '.join(names())}", file=sys.stderr)
        return 2
    cells, rows, failed = [], [], []
    load = os.getloadavg()[0]
    for name in wanted:
        start = time.perf_counter()
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        try:
            for row in measure(name, sys.argv[2:]):
                rows.append(row)
                cells.append(row.cells(name))
        except NotRun as reason:
            cells.append([name, f"not run: {reason}", "", "", "", ""])
        except Exception:
            traceback.print_exc()
            failed.append(name)
        print(f"bench: {name} took {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    text = table.markdown(cells)
    print(text + table.tally(rows))
    if failed:
        print(f"bench: failed: {' '.join(failed)}; nothing is written", file=sys.stderr)
        return 1
    if len(sys.argv) == 1:
        today = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d")
        with PAGE.open("a") as page:
            page.write(f"\n## {today}, commit {commit()}\n\n{machine()}; load before the run {load:.1f}; "
                       f"{table.tally(rows)}.\n\n{text}")
        print(f"bench: added to {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
