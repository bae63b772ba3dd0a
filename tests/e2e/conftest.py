"""The built program, driven from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "bike-rentals"
SHARED_DATA = ROOT.parent / "shared" / "data"


class Tarn:
    """Commands on one home; ``serve()`` starts a server for it."""

    def __init__(self, binary: str, home: Path) -> None:
        self.binary = binary
        self.home = home
        self.server: subprocess.Popen | None = None
        self.url = ""
        self.sql_address = ""

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TARN_LIBRARY_PATH") if name in os.environ}
        return {**kept, "TARN_HOME": str(self.home), **more}

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = 120, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.binary, *arguments], input=stdin, capture_output=True, timeout=timeout,
                              env=self.environment(**more), check=False)

    def ok(self, *arguments: str, **options) -> str:
        """Run a command that must succeed; return its standard output."""
        done = self.run(*arguments, **options)
        assert done.returncode == 0, f"tarn {' '.join(arguments)}: {done.returncode}\n{done.stderr.decode()}"
        return done.stdout.decode()

    def json(self, *arguments: str, **options):
        return json.loads(self.ok(*arguments, "-o", "json", **options))

    def sql(self, query: str, database: str = "default") -> list[dict]:
        return self.json("sql", "-d", database, query)

    def serve(self, *arguments: str, **more: str) -> str:
        """Start a server on free ports and return its URL; `sql_address` is where SQL clients connect to."""
        log = (self.home.parent / "serve.log").open("ab")
        door = () if "--sql" in arguments else ("--sql", "127.0.0.1:0")
        self.server = subprocess.Popen([self.binary, "serve", "--listen", "127.0.0.1:0", *door, *arguments],
                                       stdout=subprocess.PIPE, stderr=log, env=self.environment(**more))
        line = self.server.stdout.readline().decode()
        assert "is ready at http://" in line, (self.home.parent / "serve.log").read_text()
        self.url = line.split("ready at ")[1].split()[0]
        self.sql_address = self.server.stdout.readline().decode().removeprefix("sql: ").strip() if door else ""
        return self.url

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        self.server.send_signal(signal_number)
        code = self.server.wait(timeout=10)
        self.server.stdout.close()
        self.server = None
        return code


@pytest.fixture(scope="session")
def binary() -> str:
    path = os.environ.get("TARN_BINARY", str(ROOT / "build" / "release" / "bin" / "tarn"))
    assert Path(path).exists(), f"{path} is not built; run ./dev build"
    return path


@pytest.fixture
def tarn(binary: str, tmp_path: Path):
    program = Tarn(binary, tmp_path / "home")
    yield program
    if program.server:
        program.stop(signal.SIGKILL)


@pytest.fixture
def server(tarn: Tarn) -> Tarn:
    tarn.serve()
    return tarn


def wait_until(condition, seconds: float = 30, what: str = "the condition") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)
