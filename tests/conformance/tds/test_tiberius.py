"""In ./dev test --all alone, where cargo is there: nothing else here needs Rust."""

import os
from decimal import Decimal

import pytest
from clients.model import ALL_CAN
from clients.program import Program, ProgramClient
from conftest import CLIENTS
from suite import ClientSuite

PROGRAM = CLIENTS / "tiberius" / "client"
WHY_NOT = ("tiberius takes part in ./dev test --all only (TARN_TEST_ALL=1)" if not os.environ.get("TARN_TEST_ALL")
           else "there is no cargo, so nothing was tested with tiberius" if not PROGRAM.exists() else "")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"SKIPPED: {WHY_NOT}")


class Tiberius(ProgramClient):
    name = "tiberius"
    marker = "@P"
    can = ALL_CAN | {"off", "login", "on", "verify on", "parameters", "bulk", "timeout", "reconnect"}
    cannot = {
        "strict": "it knows no TDS 8.0",
        "verify strict": "it knows no TDS 8.0",
        "packet": "its Config has no setting for them",
        "call": "it sends queries and sp_executesql alone",
        "output": "it sends queries and sp_executesql alone",
        "status": "it sends queries and sp_executesql alone",
        "cancel": "it sends no attention",
        "manual": "it has none but those in the text",
        "messages": "it passes notes to its log alone",
        "pool": "it sends no reset; pools of it hand connections on as they are",
    }
    bulk_lacks = frozenset({"date"})  # it gives the type a length, which there is none of
    lives_after_timeout = False

    def shows(self, sql_type, value):
        if sql_type == "datetime":  # in exact thirds of a hundredth
            return value.replace(microsecond=round(value.microsecond * 3 / 10_000) * 10_000 // 3)
        if isinstance(value, Decimal) and -value.as_tuple().exponent > 37:
            return NotImplemented  # it ends itself over more than 37 digits behind the point
        return float(value) if sql_type in ("money", "smallmoney") else value

    def parameter(self, sql_type, value):
        if isinstance(value, Decimal) and -value.as_tuple().exponent > 37:
            return NotImplemented  # it holds 37 digits behind the point
        return value


@pytest.fixture(scope="module")
def program():
    program = Program([str(PROGRAM)])
    yield program
    program.stop()


class TestTiberius(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address, program):
        return Tiberius(address, program)
