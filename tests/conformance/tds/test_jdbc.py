"""In ./dev test --all alone, as the tests with Spark are: it needs Java."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from clients.with_jdbc import Java, Jdbc
from conftest import SPARK
from suite import ClientSuite, fails, fresh

WHY_NOT = ("mssql-jdbc takes part in ./dev test --all only (TARN_TEST_ALL=1)" if not os.environ.get("TARN_TEST_ALL")
           else "there is no java, so nothing was tested with JDBC" if not shutil.which("java")
           else "there is no .venv-spark; run ./dev test --all" if not (SPARK / "bin" / "python").exists() else "")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"SKIPPED: {WHY_NOT}")


@pytest.fixture(scope="module")
def java():
    java = Java(SPARK)
    yield java
    java.stop()


@pytest.fixture(scope="module")
def trusted(address, tmp_path_factory):
    store = tmp_path_factory.mktemp("trust") / "trusted.p12"
    subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "tarn", "-file", str(address.certificate), "-keystore", str(store),
                    "-storetype", "PKCS12", "-storepass", "changeit"], check=True, capture_output=True)
    return store


class TestJdbc(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address, java, trusted):
        return Jdbc(address, java, trusted)

    def test_a_call_that_fails(self, connection):
        """The driver asks for a procedure's parameters first, so it is called without any."""
        fails(lambda: connection.call("dbo.no_such_procedure", {}, {}), 2812)


class TestMetaData:
    """DatabaseMetaData: what Java's tools read before they show anything."""

    @pytest.fixture(scope="class")
    @classmethod
    def database(cls, server):
        name = fresh("metadata")
        server.execute(f"CREATE DATABASE {name}")
        server.ok("sql", "-d", name, "-f", str(Path(__file__).parent / "tools" / "setup.sql"))
        return name

    @pytest.fixture(scope="class")
    @classmethod
    def ask(cls, java, address, database):
        connection = java.jvm.com.microsoft.sqlserver.jdbc.SQLServerDriver().connect(
            f"jdbc:sqlserver://{address.host}:{address.port};databaseName={database};user=sa;password=x;trustServerCertificate=true",
            java.jvm.java.util.Properties())
        metadata = connection.getMetaData()

        def asked(method: str, *arguments) -> list[dict]:
            result = getattr(metadata, method)(*arguments)
            described = result.getMetaData()
            names = [described.getColumnName(i + 1) for i in range(described.getColumnCount())]
            rows = []
            while result.next():
                rows.append({name: result.getString(i + 1) for i, name in enumerate(names)})
            return rows

        yield asked
        connection.close()

    def test_names(self, ask, database):
        assert {"master", database} <= {row["TABLE_CAT"] for row in ask("getCatalogs")}
        assert {"dbo", "sales"} <= {row["TABLE_SCHEM"] for row in ask("getSchemas")}
        assert {row["TABLE_TYPE"] for row in ask("getTableTypes")} == {"SYSTEM TABLE", "TABLE", "VIEW"}
        found = ask("getTables", database, "dbo", "%", None)
        assert [(row["TABLE_NAME"], row["TABLE_TYPE"]) for row in found] == [("customers", "TABLE"), ("rich", "VIEW")]
        assert [row["PROCEDURE_NAME"] for row in ask("getProcedures", database, "dbo", "f%")] == ["find_customer;1"]
        assert "doubled;0" in [row["FUNCTION_NAME"] for row in ask("getFunctions", database, "dbo", "%")]

    def test_a_table(self, ask, database):
        columns = ask("getColumns", database, "dbo", "customers", "%")
        assert [(row["COLUMN_NAME"], row["TYPE_NAME"], row["COLUMN_SIZE"], row["IS_NULLABLE"]) for row in columns] == [
            ("id", "int", "10", "NO"), ("name", "nvarchar", "50", "NO"), ("born", "date", "10", "YES"), ("balance", "decimal", "12", "YES")]
        assert columns[2]["DATA_TYPE"] == "91"
        assert [(row["COLUMN_NAME"], row["PK_NAME"]) for row in ask("getPrimaryKeys", database, "dbo", "customers")] == [("id", "PK_customers")]
        assert {"PK_customers", "UQ_customers_name"} <= {row["INDEX_NAME"] for row in ask("getIndexInfo", database, "dbo", "customers", True, True)}
        assert [row["COLUMN_NAME"] for row in ask("getBestRowIdentifier", database, "dbo", "customers", 0, True)] == ["id"]
        for method in ("getImportedKeys", "getExportedKeys", "getVersionColumns"):
            assert ask(method, database, "dbo", "customers") == []
        assert "SELECT" in {row["PRIVILEGE"] for row in ask("getTablePrivileges", database, "dbo", "customers")}
        assert len(ask("getColumnPrivileges", database, "dbo", "customers", "%")) == 16
        assert ask("getCrossReference", database, "dbo", "customers", database, "sales", "orders") == []

    def test_parameters_and_types(self, ask, database):
        assert [row["COLUMN_NAME"] for row in ask("getProcedureColumns", database, "dbo", "find_customer", "%")] == ["@RETURN_VALUE", "@id", "@name"]
        assert [row["COLUMN_NAME"] for row in ask("getFunctionColumns", database, "dbo", "doubled", "%")] == ["@RETURN_VALUE", "@x"]
        assert {"int", "nvarchar", "datetime2"} <= {row["TYPE_NAME"] for row in ask("getTypeInfo")}
        for method in ("getSuperTables", "getSuperTypes"):
            assert ask(method, database, "dbo", "%") == []
