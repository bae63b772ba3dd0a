"""What each client can, with the test that shows it, or why it cannot: the table of docs/sql-client-abilities.md.

`python abilities.py` prints that page; test_abilities.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clients.model import ABILITIES
from clients.with_jdbc import Jdbc
from clients.with_odbc import MssqlPython, Pyodbc
from clients.with_pymssql import Pymssql
from clients.with_pytds import Pytds
from test_gomssqldb import GoMssqldb
from test_tedious import Tedious
from test_tiberius import Tiberius

# FreeTDS' programs are no library that a suite could drive: their tests are in test_freetds.py.
PROGRAMS = "FreeTDS' programs"
PROGRAM_TESTS = {
    "off": "test_tsql_connects", "login": "test_tsql_connects", "on": "test_tsql_connects", "verify on": "test_tsql_connects",
    "packet": "test_freebcp_with_packets_of_another_size", "results": "test_bsqldb_runs_a_script",
    "errors": "test_tsql_shows_messages_and_errors", "messages": "test_tsql_shows_messages_and_errors",
    "transactions": "test_bsqldb_runs_transactions", "bulk": "test_freebcp_in_and_out", "reconnect": "test_tsql_connects",
}
PROGRAM_REASONS = {
    "strict": "FreeTDS 1.3 knows no TDS 8.0", "verify strict": "FreeTDS 1.3 knows no TDS 8.0",
    "types": "they print text; the types come to pymssql and pyodbc, which have its libraries inside",
    "parameters": "they send text", "call": "they send text", "output": "they send text", "status": "they send text",
    "cancel": "they run a script to its end", "timeout": "they run a script to its end",
    "manual": "they run a script as it is", "pool": "a process has one connection",
}


@dataclass(frozen=True)
class Row:
    """A client of the table."""

    name: str
    tests: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)


def _row(client: type) -> Row:
    return Row(client.name, {ability: ABILITIES[ability][1] for ability in ABILITIES if ability in client.can}, client.cannot)


CLIENTS = [Pymssql, Pytds, Pyodbc, MssqlPython, Jdbc, Tedious, GoMssqldb, Tiberius]
ROWS = [*map(_row, CLIENTS), Row(PROGRAMS, PROGRAM_TESTS, PROGRAM_REASONS)]

HEAD = """# What each SQL client can

Made by `tests/conformance/tds/abilities.py`, and held against the tests by `test_abilities.py`. A ✓ is tested with that client,
by the test of `tests/conformance/tds/suite.py` in the last column (FreeTDS' programs: `test_freetds.py`). A number says why the
client cannot. How to connect each of them is in [sql-clients.md](sql-clients.md).

"""


def page() -> str:
    reasons: list[str] = []
    lines = ["| | " + " | ".join(row.name for row in ROWS) + " | test |", "|---" * (len(ROWS) + 2) + "|"]
    for ability, (text, test) in ABILITIES.items():
        cells = []
        for row in ROWS:
            if ability in row.tests:
                cells.append("✓")
                continue
            reason = f"{row.name}: {row.reasons[ability]}."
            if reason not in reasons:
                reasons.append(reason)
            cells.append(str(reasons.index(reason) + 1))
        lines.append(f"| {text} | " + " | ".join(cells) + f" | `{test}` |")
    return HEAD + "\n".join(lines) + "\n\n" + "\n".join(f"{n}. {reason}" for n, reason in enumerate(reasons, 1)) + "\n"


if __name__ == "__main__":
    print(page(), end="")
