"""Three engines that change one table, behind one face: each statement is done, lost or unknown."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from ledger import Change


class EngineError(Exception):
    """What an engine said that is no lost race."""


def sql_of(change: Change, table: str, who: str) -> str:
    """The statement in the SQL that T-SQL and Spark share."""
    where = f"WHERE id = {change.id} AND part = {change.part}"
    if change.kind == "append":
        return f"INSERT INTO {table} (id, part, n, who) VALUES ({change.id}, {change.part}, 0, '{who}')"
    if change.kind == "update":
        return f"UPDATE {table} SET n = n + 1 {where}"
    if change.kind == "delete":
        return f"DELETE FROM {table} {where}"
    source = " UNION ALL ".join(f"SELECT {i} AS id, {change.part} AS part" for i in (change.id, change.fresh))
    return (f"MERGE INTO {table} AS t USING ({source}) AS s ON t.id = s.id AND t.part = {change.part} "
            f"WHEN MATCHED THEN UPDATE SET n = t.n + 10 "
            f"WHEN NOT MATCHED THEN INSERT (id, part, n, who) VALUES (s.id, s.part, 0, '{who}');")


class TarnEngine:
    name = "tarn"

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, sql: str) -> list[list]:
        body = json.dumps({"query": sql}).encode()
        request = urllib.request.Request(self.url + "/sql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.loads(response.read())
        if "error" in answer:
            raise EngineError(json.dumps(answer["error"]))
        return answer["results"][0]["rows"] if answer["results"] else []

    def apply(self, change: Change) -> str:
        return self.attempt(sql_of(change, "dbo.t", self.name))

    def create(self, table: str) -> str:
        return self.attempt(f"CREATE TABLE dbo.{table} (id bigint, n bigint)")

    def attempt(self, sql: str) -> str:
        try:
            self.query(sql)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            if error.code == 409 or '"number":3960' in text or '"number":2714' in text:
                return "lost"
            raise EngineError(text) from error
        except urllib.error.URLError as error:
            return "lost" if isinstance(error.reason, ConnectionRefusedError) else "unknown"
        except (http.client.HTTPException, OSError):
            return "unknown"
        return "done"

    def rows(self) -> list[tuple]:
        return sorted(tuple(row) for row in self.query("SELECT id, part, n, who FROM dbo.t"))


class DeltalakeEngine:
    """delta-rs on the lake's folder."""

    name = "deltalake"

    def __init__(self, warehouse: Path) -> None:
        self.warehouse = warehouse
        self.folder = str(warehouse / "t")

    def apply(self, change: Change) -> str:
        where = f"id = {change.id} AND part = {change.part}"
        return self.attempt({
            "append": lambda: write_deltalake(self.folder, self.fresh([change.id], change.part), mode="append"),
            "update": lambda: DeltaTable(self.folder).update(updates={"n": "n + 1"}, predicate=where),
            "delete": lambda: DeltaTable(self.folder).delete(where),
            "merge": lambda: self.merge(change),
        }[change.kind])

    def fresh(self, ids: list[int], part: int) -> pa.Table:
        return pa.table({"id": pa.array(ids, pa.int64()), "part": pa.array([part] * len(ids), pa.int32()),
                         "n": pa.array([0] * len(ids), pa.int64()), "who": pa.array([self.name] * len(ids))})

    def merge(self, change: Change) -> None:
        source = self.fresh([change.id, change.fresh], change.part)
        (DeltaTable(self.folder)
         .merge(source, f"t.id = s.id AND t.part = {change.part}", source_alias="s", target_alias="t")
         .when_matched_update({"n": "t.n + 10"}).when_not_matched_insert_all().execute())

    def create(self, table: str) -> str:
        empty = pa.schema([("id", pa.int64()), ("n", pa.int64())]).empty_table()
        return self.attempt(lambda: write_deltalake(str(self.warehouse / table), empty, mode="error"))

    def attempt(self, action) -> str:
        try:
            action()
        except CommitFailedError:
            return "lost"
        except DeltaError as error:
            if any(word in str(error).lower() for word in ("conflict", "concurrent", "already exists")):
                return "lost"
            raise EngineError(repr(error)) from error
        return "done"

    def rows(self) -> list[tuple]:
        return sorted(tuple(row[name] for name in ("id", "part", "n", "who"))
                      for row in DeltaTable(self.folder).to_pyarrow_table().to_pylist())


class SparkEngine:
    """delta-spark, in a process of its own, through the storage API."""

    name = "spark"
    LOST = ("concurrent", "already exists", "already_exists")
    AWAY = ("connection refused", "connection reset", "unexpected end of file", "abfsrest", "sockettimeout")

    def __init__(self, python: Path, jars: Path, url: str, key: str, work: Path) -> None:
        worker = Path(__file__).with_name("spark_worker.py")
        self.process = subprocess.Popen([python, worker, url, key, jars, work], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=(work / "spark.log").open("wb"), text=True, cwd=work)
        self.base = "abfs://files@tarn.dfs.core.windows.net/synapse/workspaces/main/warehouse"
        self.table = f"delta.`{self.base}/t`"
        self.version = self.answer()["version"]
        self.lost: list[str] = []

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise EngineError("Spark has ended; see spark.log")
        return json.loads(line)

    def query(self, sql: str) -> list[list]:
        print(json.dumps({"sql": sql}), file=self.process.stdin, flush=True)
        answer = self.answer()
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer["rows"]

    def create_partitioned(self) -> None:
        self.query(f"CREATE TABLE {self.table} (id BIGINT, part INT, n BIGINT, who STRING) USING delta PARTITIONED BY (part)")

    def apply(self, change: Change) -> str:
        return self.attempt(sql_of(change, self.table, self.name))

    def create(self, table: str) -> str:
        return self.attempt(f"CREATE TABLE delta.`{self.base}/{table}` (id BIGINT, n BIGINT) USING delta")

    def attempt(self, sql: str) -> str:
        try:
            self.query(sql)
        except EngineError as error:
            text = str(error).lower()
            if any(word in text for word in self.LOST):
                self.lost.append(sql + str(error).partition("\n")[2][:300])
                return "lost"
            if any(word in text for word in self.AWAY):
                return "unknown"
            raise
        return "done"

    def rows(self) -> list[tuple]:
        return sorted(tuple(row) for row in self.query(f"SELECT id, part, n, who FROM {self.table}"))

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
