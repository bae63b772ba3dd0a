"""A small web service as one would write it in Python: a Starlette application under uvicorn that answers from SQLite.

    web_peer.py DATABASE

Prints "ready PORT" when it listens. The peer of a started server and of its light requests.
"""

from __future__ import annotations

import sqlite3
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

COLUMNS = ("id", "name", "artifact_location", "created_at", "modified_at", "etag")


def make_application(file: str) -> Starlette:
    database = sqlite3.connect(file, check_same_thread=False)
    database.execute(f"CREATE TABLE IF NOT EXISTS experiments ({', '.join(COLUMNS)})")
    if not database.execute("SELECT 1 FROM experiments").fetchone():
        database.execute("INSERT INTO experiments VALUES ('0', 'Default', 'artifacts/0', "
                         "'2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '1')")
        database.commit()

    async def experiments(_: Request) -> JSONResponse:
        rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM experiments ORDER BY id LIMIT 100")
        return JSONResponse({"experiments": [dict(zip(COLUMNS, row, strict=True)) for row in rows]})

    return Starlette(routes=[Route("/experiments", experiments)])


class Server(uvicorn.Server):
    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print("ready", self.servers[0].sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    Server(uvicorn.Config(make_application(sys.argv[1]), host="127.0.0.1", port=0, log_level="warning")).run()
