"""Clients that are no Python: a program of theirs reads requests as lines of JSON and writes answers as such.

A value travels as [kind, text], NULL as null; kinds: bool, int, float, decimal, str, bytes (hex), date, time, datetime,
offset, uuid. Moments are in ISO form, with seven digits at most.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import subprocess
import threading
import uuid
from concurrent.futures import Future
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from clients.model import Address, Answer, Cancelled, Client, Connection, Message, Options, Result, ServerError

ANSWER_S_MAX = 3000  # a million rows of a slow client on a busy machine


def written(value: object) -> list | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, bool):
        return ["bool", str(value).lower()]
    if isinstance(value, dt.datetime):
        return ["datetime" if value.tzinfo is None else "offset", value.isoformat()]
    kinds = {int: "int", float: "float", Decimal: "decimal", str: "str", dt.date: "date", dt.time: "time", uuid.UUID: "uuid"}
    return [kinds[type(value)], value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)]


def six(text: str) -> str:
    """Without a seventh digit of the second, which Python has not."""
    head, point, rest = text.partition(".")
    digits = rest[:len(rest) - len(rest.lstrip("0123456789"))]
    return head + point + digits[:6].ljust(6, "0") + rest[len(digits):] if point else text


def read(cell: list | None) -> object:
    if cell is None:
        return None
    kind, text = cell
    if kind in ("time", "datetime", "offset"):
        text = six(text)
    moment = dt.datetime.fromisoformat
    return {"bool": lambda t: t == "true", "int": int, "float": float, "decimal": Decimal, "str": str, "bytes": bytes.fromhex,
            "date": dt.date.fromisoformat, "time": dt.time.fromisoformat, "datetime": moment, "offset": moment,
            "uuid": uuid.UUID}[kind](text)


class Program:
    """The running program; several threads may ask it."""

    def __init__(self, command: list[str], folder: Path | None = None) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder)
        self.lock = threading.Lock()
        self.numbers = itertools.count()
        self.waiting: dict[int, Future] = {}
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            answer = json.loads(line)
            self.waiting.pop(answer["to"]).set_result(answer)
        for future in list(self.waiting.values()):
            future.set_exception(RuntimeError("the client's program has ended"))

    def ask(self, op: str, **request: object) -> dict:
        future: Future = Future()
        with self.lock:
            number = next(self.numbers)
            self.waiting[number] = future
            self.process.stdin.write(json.dumps({"op": op, "to": number, **request}) + "\n")
            self.process.stdin.flush()
        answer = future.result(ANSWER_S_MAX)
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        if "cancelled" in answer:
            raise Cancelled(answer["cancelled"])
        if error := answer.get("error"):
            raise ServerError(error["text"], *(error.get(name) for name in ("number", "state", "severity", "line", "procedure")))
        return answer

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def answer_of(raw: dict) -> Answer:
    return Answer([Result(result["columns"], [tuple(map(read, row)) for row in result["rows"] or []])
                   for result in raw.get("results") or []],
                  [Message(**message) for message in raw.get("messages") or []],
                  {name: read(value) for name, value in (raw.get("outputs") or {}).items()}, raw.get("status"))


class ProgramConnection(Connection):
    numbers = itertools.count()

    def __init__(self, client: ProgramClient, options: Options) -> None:
        self.client, self.program, self.id = client, client.program, next(self.numbers)
        self.manual = not options.autocommit
        self.program.ask("connect", id=self.id, **client.target(), **asdict(options))
        self._begin()

    def _begin(self) -> None:
        if self.manual:
            self.program.ask("begin", id=self.id)

    def _typed(self, value: object) -> list:
        kind, declared = self.client.declared(value)
        return [*(written(value) or [kind, None]), declared]

    def query(self, sql, parameters=()):
        texts = sql.split("?") if parameters else [sql]
        named = texts[0] + "".join(f"{self.client.marker}{n}{text}" for n, text in enumerate(texts[1:], 1))
        typed = [self._typed(value) for value in parameters]
        return answer_of(self.program.ask("query", id=self.id, sql=named, parameters=typed))

    def prepared(self, sql: str, rows: list[list]) -> Answer:
        """One statement, prepared once and run for each row of parameters."""
        texts = sql.split("?")
        named = texts[0] + "".join(f"{self.client.marker}{n}{text}" for n, text in enumerate(texts[1:], 1))
        kinds = [self.client.declared(next((row[n] for row in rows if row[n] is not None), None)) for n in range(len(rows[0]))]
        kinds = [("decimal", "decimal(28,10)") if kind == "decimal" else (kind, declared) for kind, declared in kinds]
        typed = [[[*(written(value) or [kind, None]), declared] for value, (kind, declared) in zip(row, kinds, strict=True)]
                 for row in rows]
        return answer_of(self.program.ask("prepared", id=self.id, sql=named, rows=typed))

    def call(self, procedure, inputs, outputs):
        typed = [[*self._typed(value), name] for name, value in inputs.items()]
        return answer_of(self.program.ask("call", id=self.id, procedure=procedure, parameters=typed, outputs=outputs))

    def bulk(self, table, columns, rows):
        schema, _, name = table.rpartition(".")
        self.program.ask("bulk", id=self.id, table=table, schema=schema, name=name, columns=list(columns.items()),
                         rows=[list(map(written, row)) for row in rows])

    def cancel_after(self, sql, seconds):
        self.program.ask("query", id=self.id, sql=sql, parameters=[], cancel_ms=int(seconds * 1000))

    def commit(self):
        self.program.ask("commit", id=self.id)
        self._begin()

    def rollback(self):
        self.program.ask("rollback", id=self.id)
        self._begin()

    def reset(self) -> None:
        """As a pool does before it hands the connection to the next."""
        self.program.ask("reset", id=self.id)

    def close(self):
        self.program.ask("close", id=self.id)


class ProgramClient(Client):
    """A client behind a program. `program` may be shared by clients of several servers."""

    marker = "@p"

    def __init__(self, address: Address, program: Program) -> None:
        super().__init__(address)
        self.program = program

    def elsewhere(self, address: Address) -> ProgramClient:
        return type(self)(address, self.program)

    def target(self) -> dict[str, object]:
        return {"host": self.address.host, "port": self.address.port, "certificate": str(self.address.certificate)}

    def connect(self, options):
        return ProgramConnection(self, options)

    def declared(self, value: object) -> tuple[str, str]:
        """The kind and the declared type with which a value goes as a parameter."""
        if isinstance(value, Decimal):
            _, digits, exponent = value.as_tuple()
            scale = max(-exponent, 0)
            return "decimal", f"decimal({max(len(digits), scale, 1)},{scale})"
        if isinstance(value, dt.datetime):
            return ("datetime", "datetime2(7)") if value.tzinfo is None else ("offset", "datetimeoffset(7)")
        kinds = {bool: ("bool", "bit"), int: ("int", "bigint"), float: ("float", "float"), bytes: ("bytes", "varbinary(max)"),
                 dt.date: ("date", "date"), dt.time: ("time", "time(7)"), uuid.UUID: ("uuid", "uniqueidentifier"),
                 type(None): ("str", "nvarchar(4000)")}
        if isinstance(value, str):
            return "str", "nvarchar(max)" if len(value) > 2000 else "nvarchar(4000)"
        return kinds[type(value)]
