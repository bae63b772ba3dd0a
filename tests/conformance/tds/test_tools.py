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
import pytds

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
        found = re.match(r"-- (columns|row|rows|database): ?(.*)$", line)
        if not found:
            return
        kind, value = found.groups()
        if kind == "columns":
            self.columns = value.split(",") if not value.strip(", ") else value.split(", ")
            self.columns = [column.strip() for column in self.columns]
        elif kind == "row":
            self.rows.append([cell.strip() for cell in value.split("|")])
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


@pytest.fixture(scope="module")
def connections(tools):
    """One a database, over the wire."""
    host, _, port = tools.sql_address.rpartition(":")
    opened = {}

    def connection(database: str):
        if database not in opened:
            opened[database] = pytds.connect(host, database, "sa", "x", port=int(port), autocommit=True)
        return opened[database]

    yield connection
    for each in opened.values():
        each.close()


Answer = tuple[list[str], list[list]]


def over_http(tarn, batch: Asked) -> Answer:
    body = json.dumps({"query": batch.text, "database": batch.database}).encode()
    request = urllib.request.Request(tarn.url.rstrip("/") + "/sql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            given = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        pytest.fail(f"{batch.tool}.sql:{batch.line}: {error.read().decode()}")
    assert "error" not in given, f"{batch.tool}.sql:{batch.line}: {given['error']}"
    result = given["results"][-1]
    return [column["name"] for column in result["columns"]], result["rows"]


def over_the_wire(connection, batch: Asked) -> Answer:
    last = None
    with connection.cursor() as cursor:
        cursor.execute(batch.text)
        while True:
            if cursor.description:
                last = [column[0] for column in cursor.description], [list(row) for row in cursor.fetchall()]
            if not cursor.nextset():
                return last


def text_of(cell) -> str:
    if cell is None:
        return "NULL"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def fits(wanted: list[str], row: list[str]) -> bool:
    return len(wanted) == len(row) and all(cell in ("*", is_there) for cell, is_there in zip(wanted, row, strict=True))


def check(batch: Asked, answer: Answer) -> None:
    columns, given = answer
    assert columns == batch.columns
    rows = [[text_of(cell).strip() for cell in row] for row in given]
    if batch.count is not None:
        assert len(rows) == batch.count, rows
    for wanted in batch.rows:
        assert any(fits(wanted, row) for row in rows), f"no row {wanted} among {rows}"


@pytest.mark.parametrize("batch", ALL, ids=lambda batch: f"{batch.tool}:{batch.line}")
def test_answers(tools, batch: Asked) -> None:
    check(batch, over_http(tools, batch))


@pytest.mark.parametrize("batch", ALL, ids=lambda batch: f"{batch.tool}:{batch.line}")
def test_answers_over_the_wire(connections, batch: Asked) -> None:
    check(batch, over_the_wire(connections(batch.database), batch))
