"""Spark, deltalake and Tarn change one table at the same time while Tarn is killed again and again.

Runs with TARN_TEST_ALL set (``./dev test --all``, which makes .venv-spark). TARN_INTERCHANGE_SECONDS: 60.
"""

from __future__ import annotations

import collections
import importlib.util
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = ROOT / ".venv-spark"
SECONDS = float(os.environ.get("TARN_INTERCHANGE_SECONDS", "60"))
KINDS = ["update", "append", "merge", "append", "delete"]
PAUSE_S = {"tarn": 1.0, "deltalake": 1.0, "spark": 0.0}  # Spark takes seconds for a change, and faster ones win
LONGER = 4  # times SECONDS at most, where the machine is slow, until Spark has made one change of each kind

WHY_NOT = ("Spark takes part in ./dev test --all only (TARN_TEST_ALL=1)" if not os.environ.get("TARN_TEST_ALL")
           else "there is no java, so nothing was tested against Spark" if not shutil.which("java")
           else "there is no .venv-spark; run ./dev test --all" if not (ENVIRONMENT / "bin" / "python").exists() else "")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"SKIPPED: {WHY_NOT}")

_spec = importlib.util.spec_from_file_location("e2e_conftest", ROOT / "tests" / "e2e" / "conftest.py")
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)
binary = _e2e.binary

from engines import DeltalakeEngine, EngineError, SparkEngine, TarnEngine  # noqa: E402
from ledger import Ledger  # noqa: E402


class Server(_e2e.Tarn):
    """One that comes back at the same address."""

    def __init__(self, binary: str, home: Path) -> None:
        super().__init__(binary, home)
        self.kills = 0

    def kill_and_restart(self) -> None:
        self.stop(signal.SIGKILL)
        self.kills += 1
        self.server = subprocess.Popen([self.binary, "serve", "--listen", self.url.removeprefix("http://")],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment())
        assert "is ready at http://" in self.server.stdout.readline().decode()


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory):
    tarn = Server(binary, tmp_path_factory.mktemp("three") / "home")
    tarn.serve()
    yield tarn
    tarn.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def engines(server, tmp_path_factory):
    warehouse = server.home / "lake/files/synapse/workspaces/main/warehouse"
    work = tmp_path_factory.mktemp("spark")
    spark = SparkEngine(ENVIRONMENT / "bin" / "python", ENVIRONMENT / "jars", server.url, server.ok("storage", "key").strip(),
                        work)
    yield [TarnEngine(server.url), DeltalakeEngine(warehouse), spark]
    spark.close()


def commits(folder: Path) -> list[dict]:
    """The commitInfo of each version; the versions have no gap."""
    logs = sorted((folder / "_delta_log").glob("*.json"))
    assert [int(log.stem) for log in logs] == list(range(len(logs)))
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines() if "commitInfo" in line]
    assert len(lines) == len(logs)
    return [line["commitInfo"] for line in lines]


def engine_of(info: dict) -> str:
    text = str(info.get("engineInfo", "")) + str(info.get("clientVersion", ""))
    return "tarn" if "Tarn" in text else "spark" if "Spark" in text else "deltalake"


def test_one_of_three_makes_a_table(server, engines):
    warehouse = engines[1].warehouse
    winners = collections.Counter()
    for round_number in range(6):
        table = f"made{round_number}"
        outcomes: dict[str, str] = {}
        start = threading.Barrier(len(engines))

        def make(engine) -> None:
            start.wait()
            # Spark takes longest to begin: the others give it a lead that grows.
            time.sleep(0 if engine.name == "spark" else 0.25 * round_number)
            outcomes[engine.name] = engine.create(table)

        threads = [threading.Thread(target=make, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = [engine_of(info) for info in commits(warehouse / table)]
        # Spark is content with a table of the same columns that is there already.
        content = {"done"} if winner == "spark" else {"done", "lost"}
        assert outcomes.pop("spark") in content
        assert outcomes == {name: "done" if name == winner else "lost" for name in outcomes}, winner
        winners[winner] += 1
    print("made by", dict(winners))


def work(engine, ledger: Ledger, over: threading.Event) -> None:
    for kind in itertools.cycle(KINDS):
        if over.is_set():
            return
        change = ledger.begin(kind)
        try:
            ledger.end(engine.name, change, engine.apply(change))
        except EngineError as error:
            ledger.fault(f"{engine.name} {change}: {error}")
            ledger.end(engine.name, change, "unknown")
        time.sleep(PAUSE_S[engine.name])


def test_three_engines_change_one_table_at_once(server, engines):
    tarn, deltalake, spark = engines
    spark.create_partitioned()
    ledger = Ledger()
    over = threading.Event()
    threads = [threading.Thread(target=work, args=(engine, ledger, over)) for engine in engines]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    rng = random.Random(3)
    while time.monotonic() < start + SECONDS or (
            time.monotonic() < start + LONGER * SECONDS and any(not ledger.counts[f"spark {kind} done"] for kind in KINDS)):
        time.sleep(rng.uniform(3, 7))
        server.kill_and_restart()
    over.set()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start

    history = commits(Path(deltalake.folder))
    by_engine = collections.Counter(engine_of(info) for info in history)
    rows = tarn.rows()
    print(f"{seconds:.0f} s: {len(history)} versions {dict(by_engine)}, {len(rows)} rows, {server.kills} kills, "
          f"{len(ledger.open)} statements whose end nobody was told")
    print(dict(sorted(ledger.counts.items())), *spark.lost, sep="\n")
    assert ledger.faults == []
    assert deltalake.rows() == rows
    assert spark.rows() == rows
    ledger.check([(row[0], row[2]) for row in rows])
    assert set(by_engine) == {"tarn", "deltalake", "spark"}
    for who in ("tarn", "deltalake", "spark"):
        for kind in set(KINDS):
            assert ledger.counts[f"{who} {kind} done"] > 0, f"{who} made no {kind}"
    assert server.kills >= SECONDS / 10, server.kills
