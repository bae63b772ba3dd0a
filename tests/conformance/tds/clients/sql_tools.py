"""SQL Tools Service, the back end of VS Code's mssql and of Azure Data Studio (SqlClient and SMO on .NET Core), as it lies in
mssql-cli's package: driven as the editors do it, by JSON-RPC over its standard input and output."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from pathlib import Path

from clients.model import Address

ANSWER_S = 120  # an answer comes at once; this is for a machine that does much else


def icu_version() -> str:
    """Of the system's ICU, as .NET is to be told it ("72.1"); empty without one."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        if "libicuuc.so." in line:
            return Path(line.split("=> ")[1]).resolve().name.removeprefix("libicuuc.so.")
    return ""


def environment_of(tools: Path, home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LD_LIBRARY_PATH": str(tools / "lib" / "openssl"),
            "CLR_ICU_VERSION_OVERRIDE": icu_version(), "MSSQL_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "LANG": "C.UTF-8"}


class Refused(Exception):
    """The service answered with an error."""


class ToolsService:
    """A running service. Requests are answered in order; events are kept until somebody asks for them."""

    def __init__(self, tools: Path, home: Path) -> None:
        program = next(tools.glob("lib/python3*/site-packages/mssqlcli/mssqltoolsservice/bin/MicrosoftSqlToolsServiceLayer"))
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         env=environment_of(tools, home), cwd=home)
        self._ids = itertools.count(1)
        self._answers: dict[str, dict] = {}
        self._events: list[dict] = []
        self._news = threading.Condition()
        self._gone = False
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        stream = self._process.stdout
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            message = json.loads(stream.read(length)) if length else None
            with self._news:
                if message is None:
                    self._gone = True
                elif message.get("id") is not None and "method" not in message:
                    self._answers[str(message["id"])] = message
                else:
                    self._events.append(message)
                self._news.notify_all()
            if message is None:
                return

    def _send(self, message: dict) -> None:
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self._process.stdin.flush()

    def _wait(self, what: str, found) -> None:
        there = self._news.wait_for(lambda: found() or self._gone, ANSWER_S)
        assert there and not self._gone, f"SQL Tools Service gave no {what}; it said {[event['method'] for event in self._events]}"

    def request(self, method: str, **parameters):
        number = str(next(self._ids))
        self._send({"id": number, "method": method, "params": parameters})
        with self._news:
            self._wait(f"answer to {method}", lambda: number in self._answers)
            answer = self._answers.pop(number)
        if answer.get("error"):
            raise Refused(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def notify(self, method: str, **parameters) -> None:
        self._send({"method": method, "params": parameters})

    def event(self, method: str, **fields) -> dict:
        """The first event of the kind whose parameters have the fields; it is taken away."""
        def find() -> dict | None:
            return next((event for event in self._events if event["method"] == method
                         and all(event["params"].get(name) == value for name, value in fields.items())), None)

        with self._news:
            self._wait(method, find)
            event = find()
            self._events.remove(event)
        return event["params"]

    def taken_events(self, method: str) -> list[dict]:
        """Those that have come."""
        with self._news:
            taken = [event for event in self._events if event["method"] == method]
            self._events[:] = [event for event in self._events if event["method"] != method]
        return [event["params"] for event in taken]


def options(address: Address, database: str, encrypted: bool = False) -> dict:
    return {"server": f"{address.host},{address.port}", "database": database, "user": "sa", "password": "Sommer-2026",
            "authenticationType": "SqlLogin", "encrypt": encrypted, "trustServerCertificate": True, "applicationName": "vscode-mssql"}


class Editor:
    """A document of an editor with its connection."""

    def __init__(self, service: ToolsService, uri: str, address: Address, database: str, encrypted: bool = False) -> None:
        self.service = service
        self.uri = uri
        service.request("connection/connect", ownerUri=uri, connection={"options": options(address, database, encrypted)})
        self.connected = service.event("connection/complete", ownerUri=uri)
        assert self.connected["errorMessage"] is None, self.connected

    def run(self, text: str) -> list[dict]:
        """The batches of a script: whether each failed, its result sets as texts, and its messages."""
        self.service.request("query/executeString", ownerUri=self.uri, query=text)
        done = self.service.event("query/complete", ownerUri=self.uri)
        batches = [{"failed": batch["hasError"], "messages": [], "results": [self._rows(result) for result in batch["resultSetSummaries"]]}
                   for batch in done["batchSummaries"]]
        for event in self.service.taken_events("query/message"):
            message = event["message"]
            if event["ownerUri"] == self.uri and message["batchId"] is not None:
                batches[message["batchId"]]["messages"].append(message["message"])
        return batches

    def _rows(self, result: dict) -> dict:
        part = self.service.request("query/subset", ownerUri=self.uri, batchIndex=result["batchId"], resultSetIndex=result["id"],
                                    rowsStartIndex=0, rowsCount=max(1, result["rowCount"]))["resultSubset"]
        return {"columns": [(column["columnName"], column["dataTypeName"]) for column in result["columnInfo"]],
                "rows": [[None if cell["isNull"] else cell["displayValue"] for cell in row] for row in part["rows"]]}

    def script(self, operation: str, kind: str, schema: str, name: str) -> str:
        """What "Script as …" puts into a new document."""
        number = ["Select", "Create", "Insert", "Update", "Delete", "Execute", "Alter"].index(operation)
        made = self.service.request(
            "scripting/script", connectionString=None, ownerURI=self.uri, operation=number, scriptDestination="ToEditor",
            returnScriptAsynchronously=False, scriptingObjects=[{"type": kind, "schema": schema, "name": name}],
            scriptOptions={"typeOfDataToScript": "SchemaOnly", "scriptCreateDrop": "ScriptDrop" if operation == "Delete" else "ScriptCreate",
                           "scriptCompatibilityOption": "Script140Compat", "targetDatabaseEngineType": "SqlAzure",
                           "targetDatabaseEngineEdition": "SqlAzureDatabaseEdition"})
        failed = [event for event in self.service.taken_events("scripting/scriptComplete") if event["hasError"]]
        assert not failed, failed[0]["errorDetails"]
        return (made["script"] or "").replace("\r\n", "\n")


class Explorer:
    """The tree of an editor's servers."""

    def __init__(self, service: ToolsService, address: Address, database: str) -> None:
        self.service = service
        self.session = service.request("objectexplorer/createsession", options=options(address, database))["sessionId"]
        created = service.event("objectexplorer/sessioncreated", sessionId=self.session)
        assert created["success"], created["errorMessage"]
        self.root = created["rootNode"]

    def children(self, *labels: str) -> list[dict]:
        """The nodes below a path of labels."""
        path = self.root["nodePath"]
        for label in labels:
            path = next(node["nodePath"] for node in self._expanded(path) if node["label"] == label)
        return self._expanded(path)

    def labels(self, *path: str) -> list[str]:
        return [node["label"] for node in self.children(*path)]

    def walk(self, *path: str):
        """All nodes below; those of system objects are not opened. A node that cannot be opened is an error."""
        for node in self.children(*path):
            yield node
            if not node["isLeaf"] and not node["label"].startswith("System"):
                yield from self.walk_from(node)

    def walk_from(self, node: dict):
        for child in self._expanded(node["nodePath"]):
            yield child
            if not child["isLeaf"] and not child["label"].startswith("System"):
                yield from self.walk_from(child)

    def _expanded(self, path: str) -> list[dict]:
        self.service.request("objectexplorer/expand", sessionId=self.session, nodePath=path)
        answer = self.service.event("objectexplorer/expandCompleted", sessionId=self.session, nodePath=path)
        # What Azure's databases have none of by the tool's own lights, it does not even ask.
        message = answer["errorMessage"] or ""
        assert not message or "not supported on" in message, f"{path}: {message}"
        return answer["nodes"] or []
