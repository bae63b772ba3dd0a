"""Spark reads and writes through JDBC; in ./dev test --all alone."""

import json
import subprocess
from pathlib import Path

import pytest
import test_jdbc
from conftest import SPARK
from suite import fresh

pytestmark = pytest.mark.skipif(bool(test_jdbc.WHY_NOT), reason=f"SKIPPED: {test_jdbc.WHY_NOT}")
ROWS = 2_000  # the driver sends an INSERT for each


def test_spark_writes_and_reads(server, address, tmp_path):
    table = fresh("spark")
    done = subprocess.run([SPARK / "bin" / "python", Path(__file__).with_name("spark_jdbc.py"), SPARK / "jars", address.host,
                           str(address.port), table, str(ROWS), str(tmp_path)], capture_output=True, text=True, timeout=3000,
                          cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("answer "))
    answer = json.loads(line.removeprefix("answer "))
    assert answer["rows"] == ROWS
    assert answer["different"] == 0
    assert answer["some"] == sum(str(n).startswith("1") and n > 8 for n in range(ROWS))
    null = ROWS // 10
    assert answer["groups"] == {"None": null, "True": ROWS // 2 - null, "False": ROWS // 2}
    assert answer["small"] == 3
    assert answer["schema"] == "struct<id:bigint,name:string,price:decimal(12,3),ratio:double,day:date,flag:boolean>"
    assert server.count(table) == ROWS
