"""What every client is to be able to. A client's own file makes a class of these tests, and adds what it alone can do.

The expectations are SQL Server's, from its documentation; what a client shows in another way its Client.shows says.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import threading
import time
from decimal import Decimal

import pytest
from clients.model import Cancelled, Client, Connection, Options, ServerError
from values import TYPES, VALUES, Value

ALL = bool(os.environ.get("TARN_TEST_ALL"))
BULK_ROWS = 1_000_000 if ALL else 10_000
CONNECTIONS = 50
ENDLESS = "SELECT SUM(a.value * b.value % 7) FROM GENERATE_SERIES(1, 3000000) AS a CROSS JOIN GENERATE_SERIES(1, 3000000) AS b"
CANCEL_S_MAX = 20  # ENDLESS takes days
_numbers = itertools.count()


def fresh(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}_{os.getpid()}_{next(_numbers)}"


def needs(client: Client, *abilities: str) -> None:
    missing = [ability for ability in abilities if ability not in client.can]
    if missing:
        pytest.skip("; ".join(f"{client.name}: {client.cannot[ability]}" for ability in missing))


def fails(action, number: int) -> ServerError:
    with pytest.raises(ServerError) as caught:
        action()
    assert caught.value.number in (number, None), caught.value
    return caught.value


def told(error: ServerError, **expected: object) -> None:
    """Each of these, as far as the client tells it."""
    for name, value in expected.items():
        assert getattr(error, name) in (value, None), f"{name} of {error}"


class ClientSuite:
    """Subclasses have a fixture `client`."""

    @pytest.fixture(scope="class")
    @classmethod
    def kept(cls):
        """The connection that tests share, until one of them fails."""
        connections: list[Connection] = []
        yield connections
        for connection in connections:
            connection.close()

    @pytest.fixture
    def connection(self, client: Client, kept: list[Connection], request):
        if not kept:
            kept.append(client.connect(Options()))
        failures = request.session.testsfailed
        yield kept[0]
        if request.session.testsfailed != failures:
            kept.clear()

    # Connecting

    @pytest.mark.parametrize("encrypt", ["off", "login", "on", "strict"])
    def test_connects(self, client, encrypt):
        needs(client, encrypt)
        connection = client.connect(Options(encrypt=encrypt, verify=encrypt == "strict"))  # which cannot do without
        assert connection.query("SELECT 42 AS n").value() == 42
        text = connection.query("SELECT REPLICATE(CAST('ab' AS varchar(max)), 50000) AS t").value()
        assert text == "ab" * 50000
        connection.close()

    @pytest.mark.parametrize("encrypt", ["on", "strict"])
    def test_the_certificate_is_verified(self, client, encrypt):
        needs(client, encrypt, f"verify {encrypt}")
        connection = client.connect(Options(encrypt=encrypt, verify=True))
        assert connection.query("SELECT 42 AS n").value() == 42
        connection.close()

    def test_the_database_is_the_one_asked_for(self, client, server):
        database = fresh("db")
        server.execute(f"CREATE DATABASE {database}")
        connection = client.connect(Options(database=database))
        assert connection.query("SELECT DB_NAME() AS n").value() == database
        connection.query("USE [default]")
        assert connection.query("SELECT DB_NAME() AS n").value() == "default"
        connection.close()

    def test_an_unknown_database(self, client):
        with pytest.raises(ServerError) as caught:
            client.connect(Options(database="nowhere"))
        assert caught.value.number in (4060, 18456, None), caught.value
        assert "nowhere" in caught.value.text or "Login failed" in caught.value.text

    def test_a_wrong_password(self, client, strict_address):
        other = client.elsewhere(strict_address)
        with pytest.raises(ServerError) as caught:
            other.connect(Options(user="nobody", password="wrong"))
        assert caught.value.number == 18456 or "Login failed for user 'nobody'" in caught.value.text, caught.value

    def test_a_token_as_password(self, client, strict_address, strict_token):
        other = client.elsewhere(strict_address)
        connection = other.connect(Options(user="token", password=strict_token))
        assert connection.query("SELECT 42 AS n").value() == 42
        connection.close()

    @pytest.mark.parametrize("size", [512, 32767])
    def test_packets_of_another_size(self, client, size):
        needs(client, "packet")
        connection = client.connect(Options(packet_bytes=size, encrypt="off" if "off" in client.can else "on"))
        text = "aé" * 60000
        assert connection.query(f"SELECT N'{text}' AS t").value() == text
        connection.close()

    def test_many_at_once(self, client):
        failed: list[BaseException] = []
        ready = threading.Barrier(CONNECTIONS)

        def one(number: int) -> None:
            try:
                connection = client.connect(Options())
                ready.wait(60)
                for n in range(5):
                    assert connection.query(f"SELECT {number} * 100 + {n} AS n").value() == number * 100 + n
                connection.close()
            except BaseException as error:  # noqa: BLE001
                ready.abort()
                failed.append(error)

        threads = [threading.Thread(target=one, args=(n,)) for n in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed, failed[0]

    # Types

    @pytest.mark.parametrize("value", VALUES, ids=str)
    def test_a_value_comes_back(self, client, connection, value: Value):
        expected = client.shows(value.sql_type, value.python)
        if expected is NotImplemented:
            pytest.skip(f"{client.name} cannot read this value")
        answer = connection.query(f"SELECT CAST({value.literal} AS {value.sql_type}) AS v, 1 AS one, "
                                  f"CAST(NULL AS {value.sql_type}) AS n")
        (result,) = answer.results
        assert result.columns == ["v", "one", "n"]
        ((seen, one, null),) = result.rows
        assert one == 1
        assert null is None
        assert client.same(expected, seen), f"{str(seen)[:200]!r}"

    @pytest.mark.parametrize("value", VALUES, ids=str)
    def test_a_value_as_parameter(self, client, connection, value: Value):
        needs(client, "parameters")
        parameter = client.parameter(value.sql_type, value.python)
        if parameter is NotImplemented:
            pytest.skip(f"{client.name} cannot hand in this value exactly")
        equal = connection.query(f"SELECT CASE WHEN CAST(? AS {value.sql_type}) = CAST({value.literal} AS {value.sql_type}) "
                                 "THEN 1 ELSE 0 END AS same", [parameter]).value()
        assert equal == 1
        seen = connection.query(f"SELECT CAST(? AS {value.sql_type}) AS v", [parameter]).value()
        assert client.same(client.shows(value.sql_type, value.python), seen), f"{str(seen)[:200]!r}"

    def test_null_as_parameter(self, client, connection):
        needs(client, "parameters")
        answer = connection.query("SELECT CASE WHEN ? IS NULL THEN 'null' ELSE 'value' END AS v, ? AS n", [None, 7])
        assert answer.results[0].rows == [("null", 7)]

    def test_rows_with_all_types_and_nulls(self, client, connection):
        columns = ", ".join(f"CAST(NULL AS {kind}) AS c{n}" for n, kind in enumerate(TYPES))
        (result,) = connection.query(f"SELECT {columns}, value FROM GENERATE_SERIES(1, 3) ORDER BY value").results
        assert result.rows == [(None,) * len(TYPES) + (n,) for n in (1, 2, 3)]

    def test_many_rows(self, client, connection):
        rows = 50_000
        (result,) = connection.query("SELECT value AS n, CAST(value AS varchar(12)) AS t, CASE WHEN value % 3 = 0 THEN NULL ELSE "
                                     f"value * 0.5 END AS h FROM GENERATE_SERIES(1, {rows}) ORDER BY value").results
        assert len(result.rows) == rows
        assert [row[0] for row in result.rows] == list(range(1, rows + 1))
        assert result.rows[99][1] == "100"
        assert sum(row[2] is None for row in result.rows) == rows // 3

    # Results, messages and errors

    def test_several_results(self, client, connection):
        answer = connection.query("SELECT 1 AS a; DECLARE @n int = 2; SELECT @n AS b, 'x' AS c UNION ALL SELECT 3, 'y'; "
                                  "SELECT 4 AS d WHERE 1 = 0")
        assert [result.columns for result in answer.results] == [["a"], ["b", "c"], ["d"]]
        assert answer.results[0].rows == [(1,)]
        assert sorted(answer.results[1].rows) == [(2, "x"), (3, "y")]
        assert answer.results[2].rows == []

    def test_messages(self, client, connection):
        needs(client, "messages")
        answer = connection.query("PRINT 'hello';\nSELECT 1 AS a;\nRAISERROR('note %i of %i', 10, 3, 7, 10);\nPRINT N'größe'")
        texts = [message.text for message in answer.messages]
        assert texts == ["hello", "note 7 of 10", "größe"]
        note = answer.messages[1]
        assert note.number in (50000, None)
        assert note.state in (3, None)
        assert note.severity in (10, 0, None)  # 10 is 0 on the wire
        assert answer.results[0].rows == [(1,)]

    def test_an_error_has_its_number_state_and_line(self, client, connection):
        error = fails(lambda: connection.query("SELECT 1 AS a\n\nSELECT 1 / 0 AS b"), 8134)
        told(error, severity=16, state=1, line=3)
        assert error.text.endswith("Divide by zero error encountered.")
        assert connection.query("SELECT 5 AS n").value() == 5

    def test_errors_of_raiserror_and_throw(self, client, connection):
        error = fails(lambda: connection.query("\nRAISERROR('bad %i', 16, 5, 7)"), 50000)
        told(error, severity=16, state=5, line=2)
        assert error.text.endswith("bad 7")
        error = fails(lambda: connection.query("THROW 51234, N'größer', 7"), 51234)
        told(error, severity=16, state=7, line=1)
        assert error.text.endswith("größer")

    def test_errors_of_names_and_syntax(self, client, connection):
        error = fails(lambda: connection.query("SELECT *\nFROM dbo.nowhere"), 208)
        told(error, severity=16, state=1)
        assert "Invalid object name 'dbo.nowhere'." in error.text
        told(fails(lambda: connection.query("SELECT FROM"), 156), severity=15)
        assert connection.query("SELECT 5 AS n").value() == 5

    def test_an_error_in_a_procedure_names_it(self, client, connection):
        procedure = fresh("p")
        connection.query(f"CREATE PROCEDURE dbo.{procedure} AS\nBEGIN\n  SELECT 1 / 0 AS x\nEND")
        error = fails(lambda: connection.query(f"EXEC dbo.{procedure}"), 8134)
        told(error, line=3)
        assert error.procedure is None or error.procedure.endswith(procedure)
        connection.query(f"DROP PROCEDURE dbo.{procedure}")

    def test_an_error_after_rows(self, client, connection):
        fails(lambda: connection.query("SELECT 100 / (500 - value) AS q FROM GENERATE_SERIES(1, 1000)"), 8134)
        assert connection.query("SELECT 5 AS n").value() == 5

    # Procedures and prepared statements

    def test_output_parameters_and_return_code(self, client, connection):
        needs(client, "call")
        procedure = fresh("p")
        connection.query(f"CREATE PROCEDURE dbo.{procedure} @a int, @text nvarchar(50) = N'-', @twice int OUTPUT, "
                         "@long nvarchar(max) OUTPUT, @money decimal(19,4) OUTPUT AS\nBEGIN\n  SET @twice = @a * 2\n"
                         "  SET @long = REPLICATE(CAST(@text AS nvarchar(max)), 3)\n  SET @money = @a / 8.0\n"
                         "  SELECT @a AS given\n  RETURN @a + 1\nEND")
        answer = connection.call(f"dbo.{procedure}", {"a": 21, "text": "ж"},
                                 {"twice": "int", "long": "nvarchar(max)", "money": "decimal(19,4)"})
        assert [result.rows for result in answer.results if result.columns] == [[(21,)]]
        if "output" in client.can:
            assert answer.outputs["twice"] == 42
            assert answer.outputs["long"] == "жжж"
            assert client.same(client.shows("decimal(19,4)", Decimal("2.625")), answer.outputs["money"])
        if "status" in client.can:
            assert answer.status == 22
        connection.query(f"DROP PROCEDURE dbo.{procedure}")

    def test_a_call_that_fails(self, client, connection):
        needs(client, "call")
        fails(lambda: connection.call("dbo.no_such_procedure", {"a": 1}, {}), 2812)
        assert connection.query("SELECT 5 AS n").value() == 5

    def test_a_statement_is_run_again_with_other_values(self, client, connection):
        needs(client, "parameters")
        table = fresh("again")
        connection.query(f"CREATE TABLE dbo.{table} (id int, name nvarchar(20))")
        for n in range(20):
            connection.query(f"INSERT INTO dbo.{table} VALUES (?, ?)", [n, None if n % 5 == 0 else f"n{n}"])
        for n in range(20):
            answer = connection.query(f"SELECT name FROM dbo.{table} WHERE id = ?", [n])
            assert answer.results[0].rows == [(None if n % 5 == 0 else f"n{n}",)]
        connection.query(f"DROP TABLE dbo.{table}")

    # Transactions

    def test_transactions_in_the_text(self, client, connection, server):
        table = fresh("tran")
        connection.query(f"CREATE TABLE dbo.{table} (id int)")
        connection.query(f"BEGIN TRANSACTION; INSERT INTO dbo.{table} VALUES (1)")
        assert connection.query("SELECT @@TRANCOUNT AS n").value() == 1
        assert server.count(table) == 0
        connection.query("ROLLBACK")
        assert connection.query(f"SELECT COUNT(*) AS n FROM dbo.{table}").value() == 0
        connection.query("BEGIN TRANSACTION")
        connection.query(f"INSERT INTO dbo.{table} VALUES (2)")
        connection.query("COMMIT")
        assert server.count(table) == 1
        fails(lambda: connection.query("COMMIT"), 3902)
        fails(lambda: connection.query("ROLLBACK"), 3903)
        connection.query(f"DROP TABLE dbo.{table}")

    def test_the_clients_own_transactions(self, client, connection, server):
        needs(client, "manual")
        table = fresh("manual")
        connection.query(f"CREATE TABLE dbo.{table} (id int)")
        manual = client.connect(Options(autocommit=False))
        manual.query(f"INSERT INTO dbo.{table} VALUES (1)")
        assert server.count(table) == 0
        manual.rollback()
        assert manual.query(f"SELECT COUNT(*) AS n FROM dbo.{table}").value() == 0
        manual.commit()
        manual.query(f"INSERT INTO dbo.{table} VALUES (2), (3)")
        fails(lambda: manual.query("SELECT 1 / 0 AS x"), 8134)
        manual.query(f"INSERT INTO dbo.{table} VALUES (4)")
        manual.commit()
        assert server.count(table) == 3
        manual.query(f"DELETE FROM dbo.{table}")
        manual.close()  # without a commit
        assert server.count(table) == 3
        connection.query(f"DROP TABLE dbo.{table}")

    # Bulk copy

    def test_bulk_copy(self, client, connection):
        needs(client, "bulk")
        table = fresh("bulk")
        columns = {"id": "int", "big": "bigint", "name": "nvarchar(40)", "price": "decimal(12,3)", "ratio": "float",
                   "day": "date", "moment": "datetime2(6)", "flag": "bit", "code": "varchar(10)"}
        kept = [n for n, kind in enumerate(columns.values()) if kind not in client.bulk_lacks]
        columns = {name: kind for name, kind in columns.items() if kind not in client.bulk_lacks}
        connection.query(f"CREATE TABLE dbo.{table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")

        def row(n: int) -> tuple:
            null = n % 10 == 0
            return (n, None if null else n * 10_000_000_000, None if null else f"näme {n}",
                    None if null else Decimal(n) / 8, None if null else n / 4,
                    None if null else dt.date(2000, 1, 1) + dt.timedelta(days=n % 9000),
                    None if null else dt.datetime(2020, 1, 1) + dt.timedelta(seconds=n), None if null else n % 2 == 0,
                    None if null else f"c{n % 100}")

        connection.bulk(f"dbo.{table}", columns, [tuple(values[i] for i in kept) for values in map(row, range(BULK_ROWS))])
        totals = connection.query(
            "SELECT COUNT(*) AS n, SUM(CAST(id AS bigint)) AS ids, COUNT(name) AS names, COUNT(DISTINCT code) AS codes, "
            f"SUM(CAST(flag AS int)) AS flags FROM dbo.{table}").results[0].rows
        some = [n for n in range(BULK_ROWS) if n % 10]
        assert totals == [(BULK_ROWS, sum(range(BULK_ROWS)), len(some), len({n % 100 for n in some}),
                           sum(n % 2 == 0 for n in some))]
        days = "day = DATEADD(day, id % 9000, CAST('2000-01-01' AS date))" if "day" in columns else "1 = 1"
        wrong = connection.query(
            f"SELECT COUNT(*) AS n FROM dbo.{table} WHERE id % 10 <> 0 AND NOT (big = id * CAST(10000000000 AS bigint) AND "
            "name = N'näme ' + CAST(id AS nvarchar(10)) AND price = CAST(id / 8.0 AS decimal(12,3)) AND ratio = id / CAST(4 AS float) "
            f"AND {days} AND "
            "moment = DATEADD(second, id, CAST('2020-01-01' AS datetime2(6))))").value()
        assert wrong == 0
        connection.query(f"DROP TABLE dbo.{table}")

    def test_a_bulk_copy_that_fails_leaves_nothing(self, client, connection, server):
        needs(client, "bulk")
        table = fresh("bulk")
        columns = {"id": "int", "name": "nvarchar(40)"}
        connection.query(f"CREATE TABLE dbo.{table} (id int NOT NULL, name nvarchar(40) NOT NULL)")
        rows = [(n, f"n{n}") for n in range(3000)] + [(1, None)]
        with pytest.raises((ServerError, ValueError)):
            connection.bulk(f"dbo.{table}", columns, rows)
        assert server.count(table) == 0
        connection.bulk(f"dbo.{table}", columns, [(1, "a"), (2, "b")])
        assert server.count(table) == 2
        connection.query(f"DROP TABLE dbo.{table}")

    # Cancelling

    def test_cancel(self, client, connection):
        needs(client, "cancel")
        start = time.monotonic()
        with pytest.raises(Cancelled):
            connection.cancel_after(ENDLESS, 0.3)
        assert time.monotonic() - start < CANCEL_S_MAX
        assert connection.query("SELECT 5 AS n").value() == 5

    def test_time_out(self, client):
        needs(client, "timeout")
        connection = client.connect(Options(timeout_s=1))
        start = time.monotonic()
        with pytest.raises(Cancelled):
            connection.query(ENDLESS)
        assert time.monotonic() - start < CANCEL_S_MAX
        if client.lives_after_timeout:
            assert connection.query("SELECT 5 AS n").value() == 5
        connection.close()
        again = client.connect(Options())
        assert again.query("SELECT 6 AS n").value() == 6
        again.close()

    # Pools

    def test_what_a_pool_hands_out_is_as_new(self, client):
        needs(client, "pool")
        *_, seen, again = client.pooled([
            "CREATE TABLE #mine (id int); SET DATEFIRST 1; SELECT 1 AS one", "USE master; BEGIN TRANSACTION; SELECT 2 AS two",
            "SELECT OBJECT_ID('tempdb..#mine') AS id, @@TRANCOUNT AS n, DB_NAME() AS d, @@DATEFIRST AS f, @@SPID AS s",
            "SELECT @@SPID AS s"])
        ((*settings, session),) = seen.results[-1].rows
        assert settings == [None, 0, "default", 7]
        assert again.value() == session, "all were of one connection"
