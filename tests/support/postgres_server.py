"""A PostgreSQL server of the tests' own: on a free port of 127.0.0.1, with a data folder of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "s3cret-of-the-tests"
START_S_MAX = 60


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest first; None where there are none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def account() -> dict:
    """PostgreSQL refuses to run as root: the user to start it as then."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("no user to run PostgreSQL as")


class PostgresServer:
    """Started when made; ``stop()`` ends it and removes its data."""

    def __init__(self, bin_folder: Path) -> None:
        self.bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="tarn-postgres-"))
        self.account = account()
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD + "\n")
        if self.account:
            os.chown(password_file, self.account["user"], self.account["group"])
        self._run("initdb", "-D", self.folder / "data", "-U", "tarn", "-A", "scram-sha-256", "--pwfile", password_file,
                  "-E", "UTF8", "--locale=C", "--no-sync")
        self.process: subprocess.Popen | None = None
        self.start()

    def _run(self, program: str, *arguments) -> None:
        done = subprocess.run([self.bin / program, *map(str, arguments)], capture_output=True, cwd=self.folder,
                              env={"PATH": os.environ["PATH"], "LANG": "C"}, check=False, **self.account)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.decode()}")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tarn:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str = "postgres") -> str:
        host = str(self.folder).replace("/", "%2F")
        return f"postgresql://tarn:{PASSWORD}@{host}:{self.port}/{database}"

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                    "fsync": "off", "max_connections": 200}
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.folder / "data", *(f"--{key}={value}" for key, value in settings.items())],
            stdout=log, stderr=log, cwd=self.folder, env={"PATH": os.environ["PATH"], "LANG": "C"}, **self.account)
        deadline = time.monotonic() + START_S_MAX
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                             check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start: " + (self.folder / "log").read_text())
            time.sleep(0.1)

    def halt(self) -> None:
        """Ends it at once, as a crash of the machine would; ``start()`` starts it again."""
        self.process.send_signal(3)  # SIGQUIT: immediate shutdown
        self.process.wait(timeout=30)

    def sql(self, statement: str, database: str = "postgres") -> str:
        done = subprocess.run(["psql", "-q", "-X", "-A", "-t", self.url(database), "-c", statement], capture_output=True,
                              check=True)
        return done.stdout.decode()

    def create_database(self, name: str) -> str:
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)
