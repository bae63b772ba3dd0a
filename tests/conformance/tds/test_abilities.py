"""The table of what each client can is whole, and says what the tests do."""

from __future__ import annotations

import abilities
import pytest
import test_freetds
from clients.model import ABILITIES
from conftest import ROOT
from suite import ClientSuite


@pytest.mark.parametrize("row", abilities.ROWS, ids=lambda row: row.name)
def test_each_ability_has_a_test_or_a_reason(row):
    assert set(row.tests) | set(row.reasons) == set(ABILITIES)
    assert not set(row.tests) & set(row.reasons)


def test_the_tests_that_the_table_names_are_there():
    assert [name for _, name in ABILITIES.values() if not hasattr(ClientSuite, name)] == []
    assert [name for name in abilities.PROGRAM_TESTS.values() if not hasattr(test_freetds, name)] == []


def test_the_page_is_the_table():
    assert (ROOT / "docs" / "sql-client-abilities.md").read_text() == abilities.page(), (
        "run .venv/bin/python tests/conformance/tds/abilities.py > docs/sql-client-abilities.md")
