#!/usr/bin/env python3
"""Which lines of src/ the tests have reached, by module, from what a build with --coverage left behind.

Usage: coverage.py BUILD

Prints a table of the modules. BUILD/coverage.txt has it too, and each file with the lines that nothing reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"

Lines = dict[int, int]  # line -> how often it was reached


def read_notes(notes: Path) -> dict[str, Lines]:
    """The lines of one compiled file and of the headers in it, as gcov tells them; without a count where it never ran."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", str(notes)], cwd=notes.parent, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{notes} cannot be read; run ./dev coverage to build it anew: {done.stderr.decode().strip()}")
    return lines_of(json.loads(done.stdout))


def lines_of(report: dict) -> dict[str, Lines]:
    found: dict[str, Lines] = {}
    for file in report["files"]:
        path = Path(report["current_working_directory"], file["file"]).resolve()
        if not path.is_relative_to(SOURCE):
            continue
        lines = found.setdefault(str(path.relative_to(SOURCE)), {})
        for line in file["lines"]:
            number = line["line_number"]
            lines[number] = lines.get(number, 0) + line["count"]
    return found


def merged(reports: list[dict[str, Lines]]) -> dict[str, Lines]:
    """A header's line counts once, however many files include it."""
    files: dict[str, Lines] = defaultdict(dict)
    for report in reports:
        for name, lines in report.items():
            into = files[name]
            for number, count in lines.items():
                into[number] = into.get(number, 0) + count
    return dict(files)


def ranges(numbers: list[int]) -> str:
    """3-5, 9"""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def percent(reached: int, lines: int) -> str:
    return f"{100 * reached / lines:.1f} %" if lines else "–"


def module_table(files: dict[str, Lines]) -> str:
    modules: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, lines in files.items():
        for module in (name.split("/")[0], "all"):
            modules[module][0] += sum(count > 0 for count in lines.values())
            modules[module][1] += len(lines)
    rows = sorted((item for item in modules.items() if item[0] != "all"), key=lambda item: item[1][0] / item[1][1])
    rows.append(("all", modules["all"]))
    head = f"{'module':<12} {'lines':>7} {'reached':>8} {'':>8}\n"
    return head + "".join(f"{name:<12} {lines:>7} {reached:>8} {percent(reached, lines):>8}\n"
                          for name, (reached, lines) in rows)


def file_list(files: dict[str, Lines]) -> str:
    text = ""
    for name in sorted(files):
        missed = [number for number, count in files[name].items() if not count]
        if missed:
            text += f"{name}: {percent(len(files[name]) - len(missed), len(files[name]))}, not reached: {ranges(missed)}\n"
    return text


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    notes = sorted(build.glob("src/**/*.gcno"))
    if not notes:
        print(f"coverage: nothing was built with --coverage in {build}; run ./dev coverage", file=sys.stderr)
        return 1
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            files = merged(list(pool.map(read_notes, notes)))
    except RuntimeError as error:
        print(f"coverage: {error}", file=sys.stderr)
        return 1
    table = module_table(files)
    page = build / "coverage.txt"
    page.write_text(f"{table}\n{file_list(files)}")
    print(f"{table}\nby file: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
