"""Files in and out of the lake, and a long listing, as commands against cp, sync and ls.

`put` ends when the file is synced and in its place, so its peer is cp and sync of the copy.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from table import Row
from tarn import Spent, Tarn, folder, in_turn, run

FILE_MB = 256
FILES = 10_000
RUNS = 7


def shell(command: str) -> Spent:
    return run(["sh", "-c", command])


def transfers(tarn: Tarn, here: Path, name: str) -> Iterable[Row]:
    file = here / "big.bin"
    size = f"{FILE_MB} MB"
    ours, theirs = in_turn(RUNS, lambda: tarn.put(file, "files/big.bin"),
                           lambda: shell(f"cp {file} {here}/copy.bin && sync {here}/copy.bin"))
    yield Row(f"lake put, {size}{name}", "s", ours, "cp && sync", theirs)
    ours, theirs = in_turn(RUNS, lambda: tarn.command("lake", "get", "files/big.bin", str(here / "got.bin")),
                           lambda: shell(f"cp {here}/copy.bin {here}/copy-2.bin"))
    yield Row(f"lake get, {size}{name}", "s", ours, "cp", theirs)
    subprocess.run(["cmp", str(file), str(here / "got.bin")], check=True)


def measure(_: list[str]) -> Iterable[Row]:
    with folder() as here:
        tarn = Tarn(here)
        with (here / "big.bin").open("wb") as file:
            for _ in range(FILE_MB):
                file.write(os.urandom(1_000_000))
        yield from transfers(tarn, here, "")
        with tarn.server():
            yield from transfers(tarn, here, ", through a server")
        many = tarn.home / "lake" / "files" / "many"
        many.mkdir()
        for n in range(FILES):
            (many / f"file-{n:05}.csv").write_text(f"{n}\n")
        listed = tarn.command("lake", "ls", "files/many/", "-o", "tsv").output.count("\n")
        if listed < FILES:
            raise RuntimeError(f"{listed} files were listed, not {FILES}")
        ours, theirs = in_turn(RUNS, lambda: tarn.command("lake", "ls", "files/many/", "-o", "tsv"),
                               lambda: run(["ls", "-l", str(many)]))
        yield Row(f"lake ls of {FILES:,} files".replace(",", " "), "s", ours, "ls -l", theirs)
