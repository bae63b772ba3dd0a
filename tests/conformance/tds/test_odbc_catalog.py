"""ODBC's catalog functions (SQLTables, SQLColumns, …) over FreeTDS' driver and Microsoft's."""

from __future__ import annotations

import mssql_python
import pyodbc
import pytest
from suite import fresh


@pytest.fixture(scope="module")
def database(server) -> str:
    name = fresh("odbc")
    server.execute(f"CREATE DATABASE {name}")
    server.ok("sql", "-d", name, "CREATE TABLE dbo.customers (id int NOT NULL, name nvarchar(50) NOT NULL, born date, balance decimal(12,2), "
              "CONSTRAINT PK_customers PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED, CONSTRAINT UQ_name UNIQUE (name) NOT ENFORCED)")
    server.ok("sql", "-d", name, "CREATE PROCEDURE dbo.find @id int, @name nvarchar(50) = NULL OUTPUT AS SELECT @name = N'x'")
    return name


@pytest.fixture(scope="module", params=["FreeTDS", "Microsoft"])
def connection(request, address, database):
    if request.param == "FreeTDS":
        opened = pyodbc.connect(f"DRIVER={{FreeTDS}};SERVER={address.host};PORT={address.port};UID=sa;PWD=x;DATABASE={database};"
                                "TDS_Version=7.4;Encryption=require", autocommit=True)
    else:
        opened = mssql_python.connect(f"Server={address.host},{address.port};Database={database};UID=sa;PWD=x;Encrypt=yes;"
                                      "TrustServerCertificate=yes", autocommit=True)
    yield opened
    opened.close()


def rows(cursor) -> list[dict]:
    """A function's result; the drivers differ in the case of its columns' names."""
    names = [column[0].lower() for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_tables(connection, database):
    found = rows(connection.cursor().tables(schema="dbo"))
    assert [(row["table_cat"], row["table_name"], row["table_type"]) for row in found] == [(database, "customers", "TABLE")]
    assert [row["table_name"] for row in rows(connection.cursor().tables(table="CHECK%", schema="INFORMATION_SCHEMA"))] == ["CHECK_CONSTRAINTS"]
    assert rows(connection.cursor().tables(table="nowhere")) == []


def test_databases(connection, database):
    """A pattern as the database."""
    found = {row["table_cat"] for row in rows(connection.cursor().tables(catalog="%", schema="", table=""))}
    assert {"master", database} <= found


def test_columns(connection):
    found = rows(connection.cursor().columns(table="customers"))
    assert [(row["column_name"], row["type_name"], row["column_size"], row["nullable"], row["ordinal_position"]) for row in found] == [
        ("id", "int", 10, 0, 1), ("name", "nvarchar", 50, 0, 2), ("born", "date", 10, 1, 3), ("balance", "decimal", 12, 1, 4)]
    assert (found[3]["data_type"], found[3]["decimal_digits"]) == (3, 2)


def test_keys(connection):
    key, = rows(connection.cursor().primaryKeys("customers"))
    assert (key["column_name"], key["key_seq"], key["pk_name"]) == ("id", 1, "PK_customers")
    assert rows(connection.cursor().foreignKeys("customers")) == []
    best, = rows(connection.cursor().rowIdColumns("customers"))
    assert (best["column_name"], best["type_name"]) == ("id", "int")
    assert rows(connection.cursor().rowVerColumns("customers")) == []


def test_statistics(connection):
    found = rows(connection.cursor().statistics("customers", unique=True))
    assert [(row["index_name"], row["column_name"], row["non_unique"]) for row in found] == [("PK_customers", "id", 0), ("UQ_name", "name", 0)]


def test_procedures(connection):
    found = rows(connection.cursor().procedures(schema="dbo"))
    assert [row["procedure_name"] for row in found] == ["find;1"]


def test_types(connection):
    found = rows(connection.cursor().getTypeInfo(4))  # SQL_INTEGER
    assert [row["type_name"] for row in found] == ["int"]
    assert {"nvarchar", "datetime2", "uniqueidentifier"} <= {row["type_name"] for row in rows(connection.cursor().getTypeInfo())}
