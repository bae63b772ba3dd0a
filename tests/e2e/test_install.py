"""An installed tarn runs wherever its folder is moved to, and needs nothing of the folder it was built in."""

import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["TARN_BINARY"]).parent.parent

pytestmark = pytest.mark.skipif("TARN_SANITIZER" in os.environ,
                                reason="a sanitizer's build is not installed: it names its folder for its reports")


@pytest.fixture
def installed(tmp_path) -> Path:
    subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(tmp_path / "first")], check=True,
                   stdout=subprocess.DEVNULL)
    return (tmp_path / "first").rename(tmp_path / "moved")


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([folder / "bin" / "tarn", *arguments], capture_output=True, text=True, check=False, cwd="/",
                          env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent)}, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_moved_installation_works(installed):
    assert run(installed, "version").startswith("tarn ")
    assert run(installed, "sql", "-o", "csv", "SELECT 1 AS one") == "one\n1\n"
    example = installed / "share/tarn/examples/bike-rentals"
    run(installed, "lake", "put", str(example / "bike-rentals.csv"), "files/data/")
    run(installed, "sql", "CREATE TABLE dbo.t (a int, b float); INSERT INTO dbo.t VALUES "
        + ", ".join(f"({a}, {a * 2.5})" for a in range(60)))
    run(installed, "automl", "regression", "--table", "default.t", "--target", "b", "--max-trials", "2", "--model", "m", "--wait")
    assert "variable_out1" in run(installed, "sql", "SELECT p.variable_out1 FROM PREDICT(MODEL = 'models:/m/1', DATA = dbo.t AS d, "
                                  "RUNTIME = ONNX) WITH (variable_out1 real) AS p")


def test_nothing_points_back_at_the_build(installed):
    for file in [installed / "bin" / "tarn", *(installed / "lib" / "tarn").iterdir()]:
        dynamic = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True).stdout
        paths = [line.split("[")[1].rstrip("]\n") for line in dynamic.splitlines() if "PATH)" in line]
        assert all(part.startswith("$ORIGIN") for path in paths for part in path.split(":") if part), (file, paths)
    program = (installed / "bin" / "tarn").read_bytes()
    assert str(BUILD).encode() not in program
