"""SQL Tools Service, the back end of VS Code's mssql, and mssql-cli: the tree of objects, queries, IntelliSense, editing of
rows, scripts. In ./dev test --all alone: they take 180 MB."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from clients.sql_tools import Editor, Explorer, Refused, ToolsService, environment_of, icu_version
from conftest import ROOT, wait_until
from suite import fresh

TOOLS = ROOT / ".venv-sql-tools"
SETUP = Path(__file__).parent / "tools" / "setup.sql"
WHY_NOT = ("SQL Tools Service takes part in ./dev test --all only (TARN_TEST_ALL=1)" if not os.environ.get("TARN_TEST_ALL")
           else "there is no .venv-sql-tools; run ./dev test --all" if not (TOOLS / "ready").exists()
           else "there is no ICU for .NET (libicu72)" if not icu_version() else "")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"SKIPPED: {WHY_NOT}")


@pytest.fixture(scope="module")
def database(server) -> str:
    name = fresh("tools")
    server.execute(f"CREATE DATABASE {name}")
    server.ok("sql", "-d", name, "-f", str(SETUP))
    server.ok("sql", "-d", name, "INSERT INTO dbo.customers (id, name, born, balance) VALUES (1, N'Ann', '2000-01-02', 1500.25), "
              "(2, N'größe', NULL, NULL)")
    return name


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = ToolsService(TOOLS, tmp_path_factory.mktemp("sqltools"))
    yield service
    service.stop()


@pytest.fixture(scope="module")
def explorer(service, address, database) -> Explorer:
    return Explorer(service, address, "")


@pytest.fixture(scope="module")
def editor(service, address, database) -> Editor:
    return Editor(service, "untitled:one", address, database)


@pytest.mark.parametrize("encrypted", [False, True])
def test_connecting(service, address, database, encrypted):
    connected = Editor(service, f"untitled:connect{encrypted}", address, database, encrypted).connected
    assert connected["connectionSummary"]["databaseName"] == database
    assert connected["serverInfo"]["engineEditionId"] == 11
    assert connected["serverInfo"]["serverVersion"] == "12.0.2000.8"


def test_a_database_that_there_is_none_of(service, address):
    service.request("connection/connect", ownerUri="untitled:nowhere",
                    connection={"options": {"server": f"{address.host},{address.port}", "database": "nowhere", "user": "sa",
                                            "password": "x", "authenticationType": "SqlLogin", "encrypt": False}})
    refused = service.event("connection/complete", ownerUri="untitled:nowhere")
    assert refused["errorNumber"] == 4060
    assert refused["errorMessage"].startswith('Cannot open database "nowhere" requested by the login.')


def test_databases(service, editor, database):
    assert {"master", database} <= set(service.request("connection/listdatabases", ownerUri=editor.uri)["databaseNames"])


def test_the_tree_of_the_server(explorer, database):
    assert explorer.labels() == ["Databases", "Security", "Server Objects"]
    assert explorer.labels("Databases", "System Databases") == ["master"]
    assert database in explorer.labels("Databases")
    assert explorer.labels("Security", "Logins")


def test_the_tree_of_a_database(explorer, database):
    """Every folder opens; what is in them is what is there."""
    tree = ("Databases", database)
    assert explorer.labels(*tree) == ["Tables", "Views", "Synonyms", "Programmability", "Service Broker", "Storage", "Security"]
    nodes = {(node["nodeType"], node["label"]) for node in explorer.walk(*tree)}
    assert {("Table", "dbo.customers"), ("Table", "sales.orders"), ("View", "dbo.rich"), ("Schema", "sales"),
            ("StoredProcedure", "dbo.find_customer"), ("ScalarValuedFunction", "dbo.doubled")} <= nodes
    assert {label for kind, label in nodes if kind == "Table"} == {"dbo.customers", "sales.orders"}


def test_the_parts_of_a_table(explorer, database):
    table = ("Databases", database, "Tables", "dbo.customers")
    assert explorer.labels(*table) == ["Columns", "Keys", "Constraints", "Triggers", "Indexes", "Statistics"]
    assert explorer.labels(*table, "Columns") == ["id (PK, int, not null)", "name (nvarchar(50), not null)", "born (date, null)",
                                                  "balance (decimal(12,2), null)"]
    assert explorer.labels(*table, "Keys") == ["PK_customers", "UQ_customers_name"]
    assert {"PK_customers (Unique, Non-Clustered)", "UQ_customers_name (Unique, Non-Clustered)"} <= set(explorer.labels(*table, "Indexes"))
    assert len(explorer.labels(*table, "Constraints")) == 1
    procedure = ("Databases", database, "Programmability", "Stored Procedures", "dbo.find_customer", "Parameters")
    assert explorer.labels(*procedure) == ["@id (int, Input, No default)", "@name (nvarchar, Input/Output, Default)"]


def test_a_script_of_batches(editor):
    first, second, third = editor.run("SELECT id, name, born, balance FROM dbo.customers ORDER BY id; PRINT 'ready'\nGO\n"
                                      "SELECT * FROM dbo.nowhere\nGO\nSELECT 7 AS seven")
    assert first["results"] == [{"columns": [("id", "int"), ("name", "nvarchar"), ("born", "date"), ("balance", "decimal")],
                                 "rows": [["1", "Ann", "2000-01-02", "1500.25"], ["2", "größe", None, None]]}]
    assert "ready" in first["messages"]
    assert second["failed"]
    assert second["messages"][0].startswith("Msg 208, Level 16, State 1, Line ")
    assert "Invalid object name 'dbo.nowhere'." in second["messages"][0]
    assert third["results"][0]["rows"] == [["7"]]


def test_types_without_nulls(editor):
    """SqlClient reads a column without NULLs as a type of fixed length."""
    batch, = editor.run("SELECT CAST(1 AS bit), CAST(2 AS tinyint), CAST(3 AS smallint), 4, CAST(5 AS bigint), CAST(1.5 AS real), 2.5e0, "
                        "CAST(6 AS smallmoney), CAST(7 AS money), CAST('2020-01-02 03:04' AS smalldatetime), CAST('2020-01-02' AS datetime), "
                        "CAST(8.5 AS decimal(5,1)), CAST('2020-01-02' AS date), N'x', 0x01")
    assert batch["results"][0]["rows"] == [["1", "2", "3", "4", "5", "1.5", "2.5", "6.0000", "7.0000", "2020-01-02 03:04:00",
                                            "2020-01-02 00:00:00.000", "8.5", "2020-01-02", "x", "0x01"]]


def test_intellisense(service, address, database):
    document = "untitled:sense"
    text = "SELECT * FROM dbo."
    service.notify("connection/languageflavorchanged", uri=document, language="sql", flavor="MSSQL")
    service.notify("textDocument/didOpen", textDocument={"uri": document, "languageId": "sql", "version": 1, "text": text})
    Editor(service, document, address, database)
    service.event("textDocument/intelliSenseReady", ownerUri=document)

    def offered(line: str, before: str, wanted: set[str]) -> list[str]:
        """What is offered once the service has looked at the line: it answers with the words of the language until then."""
        nonlocal text
        service.notify("textDocument/didChange", textDocument={"uri": document, "version": 2}, contentChanges=[
            {"text": line, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": len(text)}}}])
        text = line
        labels = []

        def there() -> bool:
            items = service.request("textDocument/completion", textDocument={"uri": document}, position={"line": 0, "character": len(before)})
            labels[:] = [item["label"] for item in items]
            return wanted <= set(labels)

        wait_until(there, what=f"IntelliSense's {wanted}")
        return labels

    assert offered(text, text, {"customers"}) == ["customers", "rich"]
    assert offered("EXEC dbo.", "EXEC dbo.", {"doubled"}) == ["doubled", "find_customer"]
    offered("SELECT  FROM dbo.customers", "SELECT ", {"id", "name", "born", "balance"})


def test_metadata(service, editor):
    named = {(entry["metadataTypeName"], entry["schema"], entry["name"])
             for entry in service.request("metadata/list", ownerUri=editor.uri)["metadata"]}
    assert named == {("Table", "dbo", "customers"), ("Table", "sales", "orders"), ("View", "dbo", "rich"),
                     ("StoredProcedure", "dbo", "find_customer"), ("UserDefinedFunction", "dbo", "doubled")}
    table = service.request("metadata/table", ownerUri=editor.uri, schema="dbo", objectName="customers")["columns"]
    assert [column["escapedName"] for column in table] == ["[id]", "[name]", "[born]", "[balance]"]
    assert table[1]["defaultValue"] == "nobody"
    view = service.request("metadata/view", ownerUri=editor.uri, schema="dbo", objectName="rich")["columns"]
    assert [column["escapedName"] for column in view] == ["[id]", "[name]"]


def test_scripts(editor):
    assert editor.script("Select", "Table", "dbo", "customers").split() == (
        "SELECT TOP (1000) [id] ,[name] ,[born] ,[balance] FROM [dbo].[customers]".split())
    created = editor.script("Create", "Table", "dbo", "customers")
    assert "CREATE TABLE [dbo].[customers](" in created
    for part in ("[id] [int] NOT NULL", "[name] [nvarchar](50)", "[balance] [decimal](12, 2) NULL", "[PK_customers]"):
        assert part in created
    view = "-- Names of those who have some.\n{} VIEW [dbo].[rich] AS SELECT id, name FROM dbo.customers WHERE balance > 1000\n"
    for operation in ("Create", "Alter"):
        assert view.format(operation.upper()) in editor.script(operation, "View", "dbo", "rich")
        assert f"{operation.upper()} PROCEDURE [dbo].[find_customer]" in editor.script(operation, "StoredProcedure", "dbo", "find_customer")
        assert f"{operation.upper()} FUNCTION [dbo].[doubled] (@x int)" in editor.script(operation, "UserDefinedFunction", "dbo", "doubled")
    assert editor.script("Create", "Schema", "", "sales").strip().startswith("CREATE SCHEMA [sales]")
    for kind, schema, name in (("Table", "dbo", "customers"), ("View", "dbo", "rich"), ("StoredProcedure", "dbo", "find_customer"),
                               ("UserDefinedFunction", "dbo", "doubled")):
        word = {"StoredProcedure": "PROCEDURE", "UserDefinedFunction": "FUNCTION"}.get(kind, kind.upper())
        assert f"DROP {word} [{schema}].[{name}]" in editor.script("Delete", kind, schema, name)


def test_editing_rows(server, service, address, database):
    """A row changed, one added, one deleted, as in the grid of "Edit Data"."""
    server.ok("sql", "-d", database, "CREATE TABLE dbo.edited (id int NOT NULL, name nvarchar(20), CONSTRAINT pk_edited PRIMARY KEY "
              "NONCLUSTERED (id) NOT ENFORCED); INSERT INTO dbo.edited VALUES (1, N'one'), (2, N'two')")
    editor = Editor(service, "untitled:edit", address, database)
    uri = {"ownerUri": editor.uri}
    service.request("edit/initialize", **uri, schemaName="dbo", objectName="edited", objectType="Table", filters={"limitResults": 200})
    ready = service.event("edit/sessionReady", ownerUri=editor.uri)
    assert ready["success"], ready["message"]
    rows = service.request("edit/subset", **uri, rowStartIndex=0, rowCount=3)["subset"]
    assert [[cell["displayValue"] for cell in row["cells"]] for row in rows] == [["1", "one"], ["2", "two"]]
    service.request("edit/updateCell", **uri, rowId=0, columnId=1, newValue="eins")
    service.request("edit/commit", **uri)
    added = service.request("edit/createRow", **uri)["newRowId"]
    service.request("edit/updateCell", **uri, rowId=added, columnId=0, newValue="3")
    service.request("edit/updateCell", **uri, rowId=added, columnId=1, newValue="drei")
    service.request("edit/commit", **uri)
    service.request("edit/deleteRow", **uri, rowId=1)
    service.request("edit/commit", **uri)
    assert server.sql("SELECT id, name FROM dbo.edited ORDER BY id", database) == [{"id": 1, "name": "eins"}, {"id": 3, "name": "drei"}]
    with pytest.raises(Refused, match="column is defined as INT"):
        service.request("edit/updateCell", **uri, rowId=0, columnId=0, newValue="no number")
    service.request("edit/dispose", **uri)


# mssql-cli is older than Python 3.10, where these names left `collections`.
LAUNCHER = ("import collections, collections.abc, runpy\n"
            "for name in ('Iterable', 'Mapping', 'MutableMapping', 'Sequence', 'Callable'):\n"
            "    setattr(collections, name, getattr(collections.abc, name))\n"
            "runpy.run_module('mssqlcli.main', run_name='__main__', alter_sys=True)\n")


class TestMssqlCli:
    @pytest.fixture(scope="class")
    @classmethod
    def home(cls, tmp_path_factory):
        return tmp_path_factory.mktemp("mssqlcli")

    @pytest.fixture
    def ask(self, address, database, home):
        def asked(text: str) -> list[list[str]]:
            """The rows of the tables that it prints, cells stripped."""
            done = subprocess.run([TOOLS / "bin" / "python", "-c", LAUNCHER, "-S", f"{address.host},{address.port}", "-U", "sa", "-P", "x",
                                   "-d", database, "-Q", text], env=environment_of(TOOLS, home), capture_output=True, text=True, timeout=120,
                                  check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if line.startswith("| ")]

        return asked

    def test_a_query(self, ask):
        assert ask("SELECT id, name, balance FROM dbo.customers WHERE id = 1") == [["id", "name", "balance"], ["1", "Ann", "1500.25"]]

    @pytest.mark.parametrize(("command", "row"), [
        (r"\lt", ["dbo", "customers"]), (r"\lv", ["dbo", "rich"]), (r"\ls", ["sales"]), (r"\ld", ["master"]), (r"\lf", ["doubled"]),
        (r"\li", ["customers", "*", "balance"]),
        (r"\sf doubled", ["CREATE FUNCTION dbo.doubled (@x int) RETURNS int AS BEGIN RETURN @x * 2 END"]),
        (r"\d dbo.customers", ["PK_customers", "nonclustered, unique, primary key located on PRIMARY", "id"])])
    def test_its_commands(self, ask, command, row):
        fits = [found for found in ask(command) if len(found) == len(row) and all(
            cell in ("*", there) for cell, there in zip(row, found, strict=True))]
        assert len(fits) == 1
