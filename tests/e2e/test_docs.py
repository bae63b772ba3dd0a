"""The examples of the documentation are run: every block of ``console`` in docs/, page by page, each on a home of its own.

A line that begins with "$ " is a command of a shell in examples/bike-rentals; the lines after it are what it prints
(standard output and error), where "…" stands for any text.
"""

import re
import subprocess

import pytest
from conftest import EXAMPLE, ROOT

PAGES = sorted(page for page in (ROOT / "docs").glob("*.md") if "```console" in page.read_text())


def examples(text: str):
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                more, _, output = output.partition("\n")
                command = command[:-1] + more.strip()
            yield command, output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_the_page(tarn, page, tmp_path):
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "tarn").symlink_to(tarn.binary)
    environment = tarn.environment()
    environment["PATH"] = f"{commands}:{environment['PATH']}"
    for command, expected in examples(page.read_text()):
        done = subprocess.run(["bash", "-c", command], cwd=EXAMPLE, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, check=False)
        pattern = ".*".join(re.escape(piece) for piece in expected.rstrip("\n").split("…"))
        got = "\n".join(line.rstrip() for line in done.stdout.decode().rstrip("\n").splitlines())
        assert re.fullmatch(pattern, got, re.S), f"{page.name}: $ {command}\n{got}\n--- expected\n{expected}"
