"""The examples of the documentation are run: page by page, each on a home of its own, its blocks in order.

All blocks of a page share the home and one folder, a copy of examples/bike-rentals. What a block needs (a file, a table, a
model), an earlier block of the page has made: nothing is prepared out of sight. What a block is, its language says:

``console``  A line that begins with "$ " is a command of a shell; the lines after it are what it prints (standard output and
             error), where "…" stands for any text. A backslash at a line's end continues the command.
``sql``      Goes through ``tarn sql -f``. It succeeds; where it is to be refused, its last line says with which error:
             ``-- Msg 208``.
``yaml``     A job file that ``tarn job validate -f`` accepts.
``json POST /sql``  (or another method and path) A request's body, sent to the page's server; a status other than 200 follows
             the path. A plain ``json`` block right after it is the answer, where the text "…" stands for any value.
``python``   A script that ends without an exception.
``text``, ``mermaid``  Are not run: shapes of a syntax, folder trees, what depends on the machine. Any other language, or
             none, is a mistake.

A page that has a request, or that reads the variable TARN_URL, has a server running, at that address.
"""

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
RUN = {"console", "sql", "yaml", "json", "python"}
NOT_RUN = {"text", "mermaid"}
# About building Tarn, or made by a test: nothing of the program to show.
WITHOUT_EXAMPLE = {"benchmarks", "dependencies", "sql-client-abilities", "testing-sql"}


@dataclass
class Block:
    line: int  # of the page, from 1
    language: str
    rest: str  # of the line that opens the block: "POST /sql"
    text: str


def blocks(text: str) -> list[Block]:
    found, opened = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            if opened:
                opened.text += line + "\n"
        elif opened:
            found.append(opened)
            opened = None
        else:
            language, _, rest = line[3:].strip().partition(" ")
            opened = Block(number, language, rest, "")
    assert opened is None, f"the block of line {opened.line} has no end"
    return found


def commands(text: str):
    """The commands of a console block, each with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more.strip()
        yield command, output


def agrees(expected, got) -> bool:
    """Whether an answer is the expected one, where "…" stands for any value."""
    if expected == "…":
        return True
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(agrees(expected[key], got[key]) for key in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(agrees, expected, got))
    return expected == got


class Page:
    """A page's home, folder and server, and how its blocks are run."""

    def __init__(self, tarn, page: Path, folder: Path) -> None:
        self.tarn, self.folder = tarn, folder / "work"
        self.blocks = blocks(page.read_text())
        shutil.copytree(EXAMPLE, self.folder)
        programs = folder / "bin"
        programs.mkdir()
        (programs / "tarn").symlink_to(tarn.binary)
        self.environment = tarn.environment()
        self.environment["PATH"] = f"{programs}:{self.environment['PATH']}"
        if any(block.language == "json" and block.rest or "TARN_URL" in block.text for block in self.blocks):
            self.environment["TARN_URL"] = tarn.serve()
        self.answer = None

    def shell(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        done = subprocess.run(arguments, cwd=self.folder, env=self.environment, input=stdin, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, "\n".join(line.rstrip() for line in done.stdout.rstrip("\n").splitlines())

    def run(self, block: Block) -> None:
        if block.language in RUN:
            getattr(self, block.language)(block)
        if block.language != "json" or not block.rest:
            self.answer = None

    def console(self, block: Block) -> None:
        for command, expected in commands(block.text):
            _, got = self.shell("bash", "-c", command)
            pattern = ".*".join(re.escape(piece) for piece in expected.rstrip("\n").split("…"))
            assert re.fullmatch(pattern, got, re.S), f"$ {command}\n{got}\n--- expected\n{expected}"

    def sql(self, block: Block) -> None:
        refused = re.search(r"^-- Msg (\d+)[^\n]*\n\Z", block.text, re.M)
        code, got = self.shell("tarn", "sql", "-f", "-", stdin=block.text)
        if refused:
            assert code != 0 and f"Msg {refused[1]}," in got, got
        else:
            assert code == 0, got

    def yaml(self, block: Block) -> None:
        file = self.folder / f"block-{block.line}.yml"
        file.write_text(block.text)
        code, got = self.shell("tarn", "job", "validate", "-f", file.name)
        assert code == 0, got

    def json(self, block: Block) -> None:
        body = json.loads(block.text)
        if not block.rest:
            assert self.answer is not None, "an answer without a request right before it"
            assert agrees(body, self.answer), json.dumps(self.answer, indent=2, ensure_ascii=False)
            return
        method, path, *status = block.rest.split()
        request = urllib.request.Request(self.environment["TARN_URL"] + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                got, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            got, text = error.code, error.read()
        assert got == int(status[0] if status else 200), text.decode()
        self.answer = json.loads(text)

    def python(self, block: Block) -> None:
        code, got = self.shell(sys.executable, "-c", block.text)
        assert code == 0, got


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_the_page(tarn, page, tmp_path):
    of_page = Page(tarn, page, tmp_path)
    for block in of_page.blocks:
        try:
            of_page.run(block)
        except AssertionError as error:
            raise AssertionError(f"docs/{page.name}:{block.line}: {error}") from error


def test_each_block_says_what_it_is():
    wrong = [f"docs/{page.name}:{block.line}: '{block.language}'" for page in PAGES for block in blocks(page.read_text())
             if block.language not in RUN | NOT_RUN]
    assert not wrong, f"a language of {sorted(RUN | NOT_RUN)} is missing: {wrong}"


def test_each_page_has_an_example_that_is_run():
    without = {page.stem for page in PAGES if not any(block.language in RUN for block in blocks(page.read_text()))}
    assert without == WITHOUT_EXAMPLE


def test_a_wrong_example_is_found(tarn, tmp_path):
    """The runner itself: what is not as the page says fails."""
    page = tmp_path / "page.md"
    page.write_text("```console\n$ tarn version\ntarn 0…\n```\n")
    of_page = Page(tarn, page, tmp_path)
    of_page.run(of_page.blocks[0])
    for language, rest, text in [("console", "", "$ tarn version\ntarn 9\n"), ("sql", "", "SELECT nowhere\n"),
                                 ("sql", "", "SELECT 1\n-- Msg 207\n"), ("yaml", "", "type: automl\n"), ("json", "", "{}\n"),
                                 ("python", "", "import nowhere_to_be_found\n")]:
        with pytest.raises(AssertionError):
            of_page.run(Block(1, language, rest, text))
