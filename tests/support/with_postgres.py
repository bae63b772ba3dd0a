"""Runs a test program with a PostgreSQL server of its own, whose address is in TARN_TEST_POSTGRES.

Exits with 77 (skipped) where PostgreSQL is not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys

from postgres_server import PostgresServer, programs

SKIPPED = 77


def main() -> int:
    folder = programs()
    if folder is None:
        print("SKIPPED: PostgreSQL is not installed, so nothing was tested against it", file=sys.stderr)
        return SKIPPED
    server = PostgresServer(folder)
    try:
        return subprocess.run(sys.argv[1:], env={**os.environ, "TARN_TEST_POSTGRES": server.url()}, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
