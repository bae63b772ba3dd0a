#!/usr/bin/env python3
"""Check the sources: formatting, static analysis, the walls between modules (walls.py), and rules of the text.

Usage: lint.py [--all]

Without --all only files that differ from the main branch (or, on it, from the last commit) are analysed by clang-tidy,
each by itself; with it all, as many together as the build compiles together. Results are cached by content.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from walls import Walls

ROOT = Path(__file__).resolve().parent.parent
ALONE = "debug"  # the preset that compiles each file by itself
TOGETHER = "release"  # the one that compiles some together, so that what they include is read once
CPP = {".cc", ".h"}
# What a file of the project must not hold, and why.
FORBIDDEN = {
    re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|crates|maven|golang\.org|deb\.debian)[\w.-]*"): "a registry's host",
    re.compile(r"\b(TODO|FIXME|XXX)\b"): "an unfinished note; finish it or file an issue",
    re.compile(r"[ \t]+$", re.M): "a blank at the end of a line",
}
INCLUDED = re.compile(r'^#include "(.+)"$', re.M)
TEXT_RULES_SKIP = {"cmake/lint.py", "LICENSE"}


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line]


def tracked() -> list[Path]:
    names = git("ls-files", "--cached", "--others", "--exclude-standard")
    return [Path(name) for name in names if (ROOT / name).is_file()]


def changed() -> set[Path]:
    """Files that differ from the main branch, or from the last commit where the checkout is the main branch itself."""
    head = git("rev-parse", "HEAD")[0]
    known = git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/main")
    base = git("merge-base", "HEAD", known[0])[0] if known else head
    if base == head:
        parents = git("rev-list", "--parents", "-n", "1", "HEAD")[0].split()[1:]
        base = parents[0] if parents else head  # a checkout without history: only what is not committed
    names = git("diff", "--name-only", "--diff-filter=d", base) + git("ls-files", "--others", "--exclude-standard")
    return {Path(name) for name in names}


def check_format(files: list[Path]) -> list[str]:
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, files)], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    return [line for line in done.stderr.splitlines() if "error:" in line]


def check_text(file: Path) -> list[str]:
    if str(file) in TEXT_RULES_SKIP:
        return []
    try:
        text = (ROOT / file).read_text()
    except UnicodeDecodeError:
        return []
    problems = []
    for pattern, why in FORBIDDEN.items():
        for match in pattern.finditer(text):
            problems.append(f"{file}:{text.count(chr(10), 0, match.start()) + 1}: {why}")
    return problems


def is_analysed(file: Path) -> bool:
    return file.parts[0] in ("src", "tests") and "fuzz" not in file.parts


class Tidy:
    """clang-tidy, with its clean results remembered by the content that they depend on."""

    def __init__(self, preset: str, files: list[Path]) -> None:
        self.build = ROOT / "build" / preset
        subprocess.run(["cmake", "--preset", preset], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        self.cache = Path(os.environ.get("TARN_CACHE", Path.home() / ".cache" / "tarn")) / "tidy"
        self.cache.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
        for header in sorted(file for file in files if file.suffix == ".h"):
            digest.update((ROOT / header).read_bytes())
        self.common = digest.digest()

    def groups(self) -> dict[Path, list[Path]]:
        """What the build compiles, and the sources of the tree in each."""
        groups = {}
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            unit = Path(entry["file"])
            members = [Path(name) for name in INCLUDED.findall(unit.read_text())] if "Unity" in unit.parts else [unit]
            groups[unit] = [member.relative_to(ROOT) for member in members]
        return groups

    def check(self, unit: Path, members: list[Path]) -> str:
        digest = hashlib.sha256(self.common)
        for member in members:
            digest.update(str(member).encode() + (ROOT / member).read_bytes())
        clean = self.cache / digest.hexdigest()
        if clean.exists():
            return ""
        # GCC's own warning flags are not clang's, nor are its library's own uses of what C++20 deprecates.
        command = ["clang-tidy-19", "--quiet", "-p", str(self.build), "--extra-arg=-Wno-unknown-warning-option",
                   "--extra-arg=-Wno-deprecated-declarations", str(unit)]
        if "Unity" in unit.parts:
            command.insert(1, "--checks=-bugprone-suspicious-include")  # sources, on purpose
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            clean.touch()
            return ""
        return done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="analyse the whole tree")
    everything = parser.parse_args().all

    files = tracked()
    cpp = [file for file in files if file.suffix in CPP]
    problems = check_format(cpp)
    for file in files:
        problems += check_text(file)
    problems += Walls(ROOT).check()

    tidy = Tidy(TOGETHER if everything else ALONE, files)
    scope = set(files) if everything else changed()
    units = tidy.groups() if everything else {file: [file] for file in cpp if file.suffix == ".cc" and file in scope}
    units = {unit: members for unit, members in units.items() if is_analysed(members[0])}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems += [result for result in pool.map(tidy.check, units.keys(), units.values()) if result]

    for problem in problems:
        print(problem)
    analysed = sum(map(len, units.values()))
    print(f"lint: {len(files)} files, {analysed} analysed, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
