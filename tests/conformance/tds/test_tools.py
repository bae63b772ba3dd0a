"""What SQL tools ask of the catalog (tools/*.sql) is answered with the columns and rows that they read."""

from __future__ import annotations

import importlib.util
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("e2e_of_tools", Path(__file__).parents[2] / "e2e" / "conftest.py")
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)

binary = _e2e.binary
TOOLS = Path(__file__).parent / "tools"


@dataclass
class Asked:
    """A batch of a tool, and what it expects."""

    tool: str
    line: int
    text: str = ""
    database: str = "default"
    columns: list[str] | None = None
    count: int | None = None
    rows: list[list[str]] = field(default_factory=list)

    def note(self, line: str) -> None:
        found = re.match(r"-- (columns|row|rows|database): (.*)$", line)
        if not found:
            return
        kind, value = found.groups()
        if kind == "columns":
            self.columns = value.split(", ")
        elif kind == "row":
            self.rows.append(value.split(" | "))
        elif kind == "rows":
            self.count = int(value)
        else:
            self.database = value


def batches_of(path: Path) -> list[Asked]:
    batches = []
    current = Asked(path.stem, 1)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip() == "GO":
            batches.append(current)
            current = Asked(path.stem, number + 1)
        else:
            current.note(line)
            current.text += line + "\n"
    assert not current.text.strip(), f"{path.name} ends without GO"
    return batches


ALL = [batch for path in sorted(TOOLS.glob("*.sql")) if path.stem != "setup" for batch in batches_of(path)]


@pytest.fixture(scope="module")
def tools(binary, tmp_path_factory):
    tarn = _e2e.Tarn(binary, tmp_path_factory.mktemp("tools") / "home")
    tarn.ok("sql", "-f", str(TOOLS / "setup.sql"))
    tarn.serve()
    yield tarn
    assert tarn.stop() == 0


def ask(tarn, batch: Asked) -> dict:
    body = json.dumps({"query": batch.text, "database": batch.database}).encode()
    request = urllib.request.Request(tarn.url.rstrip("/") + "/sql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        pytest.fail(f"{batch.tool}.sql:{batch.line}: {error.read().decode()}")


def text_of(cell) -> str:
    if cell is None:
        return "NULL"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def fits(wanted: list[str], row: list[str]) -> bool:
    return len(wanted) == len(row) and all(cell in ("*", is_there) for cell, is_there in zip(wanted, row, strict=True))


@pytest.mark.parametrize("batch", ALL, ids=lambda batch: f"{batch.tool}:{batch.line}")
def test_answers(tools, batch: Asked) -> None:
    answer = ask(tools, batch)
    assert "error" not in answer, f"{batch.tool}.sql:{batch.line}: {answer['error']}"
    result = answer["results"][-1]
    assert [column["name"] for column in result["columns"]] == batch.columns
    rows = [[text_of(cell).strip() for cell in row] for row in result["rows"]]
    if batch.count is not None:
        assert len(rows) == batch.count, rows
    for wanted in batch.rows:
        assert any(fits(wanted, row) for row in rows), f"no row {wanted} among {rows}"
