"""What a session remembers between requests, and the procedures that drivers call, with python-tds: signing in, prepared
statements, API cursors, descriptions, transactions, bulk loads, cancelling."""

from __future__ import annotations

import contextlib
import io
import threading

import pytds
import pytest
from suite import fresh

# Some three minutes of work for the engine.
LONG = ("SELECT COUNT_BIG(*) FROM GENERATE_SERIES(1, 100000) a CROSS JOIN GENERATE_SERIES(1, 10000000) b "
        "WHERE a.value * b.value % 7 = 3")


def connect(address, **options):
    options = {"user": "sa", "password": "x", "database": "default", "autocommit": True, "login_timeout": 30,
               "disable_connect_retry": True, **options}
    return pytds.connect(address.host, port=address.port, **options)


def encrypted(address, **options):
    return connect(address, cafile=str(address.certificate), validate_host=False, enc_login_only=True, **options)


@pytest.fixture
def cursor(address):
    with connect(address) as connection:
        yield connection.cursor()


def rows(cursor, text, parameters=None):
    cursor.execute(text, parameters)
    return cursor.fetchall()


def number_of(error) -> int:
    return error.value.msg_no


def called(cursor, procedure, *parameters):
    """The output values of a call, and its last result."""
    cursor.callproc(procedure, parameters)
    found = cursor.fetchall() if cursor.description else None
    while cursor.nextset():
        found = cursor.fetchall() if cursor.description else found
    return cursor.get_proc_outputs(), found


def out(value=None):
    return pytds.output(value=value, param_type="int")


def test_an_unknown_database_is_refused(address):
    with pytest.raises(pytds.Error) as error:
        connect(address, database="nowhere")
    assert error.value.args[0] == ("Cannot open database \"nowhere\" requested by the login. The login failed. "
                                   "Login failed for user 'sa'.")


def test_who_comes_in_where_everybody_needs_a_login(strict_address, strict_token):
    with pytest.raises(pytds.Error, match="Login failed for user 'sa'"):
        encrypted(strict_address)
    with pytest.raises(pytds.Error, match="Login failed"):
        connect(strict_address, password=strict_token)  # in clear
    with encrypted(strict_address, user="anybody", password=strict_token) as connection:
        assert rows(connection.cursor(), "SELECT 1") == [(1,)]


def test_prepared_statements(cursor):
    (handle, *_), _ = called(cursor, "sp_prepare", out(), "@p int", "SELECT @p * 2 AS twice")
    assert called(cursor, "sp_execute", handle, 21)[1] == [(42,)]
    assert called(cursor, "sp_execute", handle, None)[1] == [(None,)]
    called(cursor, "sp_unprepare", handle)
    with pytest.raises(pytds.Error) as error:
        called(cursor, "sp_execute", handle, 21)
    assert number_of(error) == 8179
    (handle, *_), found = called(cursor, "sp_prepexec", out(), "@p int", "SELECT @p + 1", 5)
    assert found == [(6,)]
    assert called(cursor, "sp_execute", handle, 6)[1] == [(7,)]


def test_a_text_that_cannot_be_prepared(cursor):
    """8180 follows, and 11501 on a description: see tests/sql/programming/prepared.test. The client raises the first."""
    for procedure, parameters in (("sp_prepare", (out(), "")), ("sp_prepexec", (out(), "")), ("sp_describe_first_result_set", ())):
        with pytest.raises(pytds.Error, match="Invalid object name 'nowhere'"):
            called(cursor, procedure, *parameters, "SELECT x FROM nowhere")
        assert rows(cursor, "SELECT 1") == [(1,)]


def test_who_is_connected(address):
    with connect(address, appname="reports") as connection:
        found = rows(connection.cursor(), "SELECT s.program_name, s.host_name, HOST_NAME(), c.client_net_address, c.net_transport "
                     "FROM sys.dm_exec_sessions AS s JOIN sys.dm_exec_connections AS c ON c.session_id = s.session_id "
                     "WHERE s.session_id = @@SPID")
    ((program, host, own, peer, transport),) = found
    assert (program, peer, transport) == ("reports", "127.0.0.1", "TCP")
    assert host == own != ""


def test_cursors(cursor):
    text = "SELECT value FROM GENERATE_SERIES(1, 100) ORDER BY value"
    cursor.execute("DECLARE @c int, @scroll int = 1, @concurrency int = 4, @rows int; "
                   f"EXEC sp_cursoropen @c OUTPUT, N'{text}', @scroll OUTPUT, @concurrency OUTPUT, @rows OUTPUT; "
                   "SELECT @c, @scroll, @concurrency, @rows")
    assert cursor.fetchall() == [] and cursor.nextset()
    ((number, *told),) = cursor.fetchall()
    assert told == [8, 1, 100]
    assert [row[0] for row in called(cursor, "sp_cursorfetch", number, 2, 0, 3)[1]] == [1, 2, 3]
    assert [row[0] for row in called(cursor, "sp_cursorfetch", number, 8, 0, 2)[1]] == [99, 100]
    assert [row[0] for row in called(cursor, "sp_cursorfetch", number, 16, 50, 1)[1]] == [50]
    called(cursor, "sp_cursorclose", number)
    with pytest.raises(pytds.Error) as error:
        called(cursor, "sp_cursorfetch", number, 2, 0, 3)
    assert number_of(error) == 16909


def test_descriptions(cursor):
    table = fresh("described")
    cursor.execute(f"CREATE TABLE {table} (id int NOT NULL, name nvarchar(20))")
    _, columns = called(cursor, "sp_describe_first_result_set", f"SELECT name, id FROM {table} WHERE id = @p", "@p int")
    assert [(row[2], row[5], row[3]) for row in columns] == [("name", "nvarchar(20)", True), ("id", "int", False)]
    _, columns = called(cursor, "sp_describe_first_result_set", f"UPDATE {table} SET name = N'x' OUTPUT deleted.name AS before, inserted.id")
    assert [(row[2], row[5]) for row in columns] == [("before", "nvarchar(20)"), ("id", "int")]
    _, parameters = called(cursor, "sp_describe_undeclared_parameters", f"UPDATE {table} SET name = @n WHERE id = @i")
    assert [(row[1], row[3]) for row in parameters] == [("@n", "nvarchar(20)"), ("@i", "int")]


def test_a_transaction_that_the_driver_begins(address):
    table = fresh("manual")
    with connect(address, autocommit=False) as connection, connect(address) as other:
        cursor, beside = connection.cursor(), other.cursor()
        cursor.execute(f"CREATE TABLE {table} (id int)")
        cursor.execute(f"INSERT INTO {table} VALUES (1)")
        assert rows(beside, f"SELECT COUNT(*) FROM {table}") == [(0,)]
        connection.commit()
        assert rows(beside, f"SELECT COUNT(*) FROM {table}") == [(1,)]
        cursor.execute(f"DELETE FROM {table}")
        connection.rollback()
        assert rows(cursor, f"SELECT COUNT(*), MAX(@@TRANCOUNT) FROM {table}") == [(1, 1)]


def test_transactions_in_t_sql(cursor):
    assert rows(cursor, "BEGIN TRAN; SELECT @@TRANCOUNT") == [(1,)]
    assert rows(cursor, "SAVE TRAN s; ROLLBACK TRAN s; SELECT @@TRANCOUNT") == [(1,)]
    cursor.execute("ROLLBACK")
    for text, number in (("COMMIT", 3902), ("ROLLBACK", 3903), ("SAVE TRAN s", 628)):
        with pytest.raises(pytds.Error) as error:
            cursor.execute(text)
        assert number_of(error) == number
    assert rows(cursor, "SET IMPLICIT_TRANSACTIONS ON; SELECT @@TRANCOUNT") == [(0,)]
    assert rows(cursor, "SELECT TOP 1 @@TRANCOUNT FROM sys.objects") == [(1,)]
    cursor.execute("ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF")


def test_a_bulk_load_is_all_or_nothing(cursor):
    table = fresh("load")
    cursor.execute(f"CREATE TABLE {table} (id int NOT NULL, name nvarchar(3), kind varchar(10) DEFAULT 'new')")
    cursor.copy_to(file=io.StringIO("1\ta\n2\tb\n"), table_or_view=table, columns=("id", "name"))
    assert rows(cursor, f"SELECT * FROM {table} ORDER BY id") == [(1, "a", "new"), (2, "b", "new")]
    with pytest.raises(pytds.Error) as error:
        cursor.copy_to(file=io.StringIO("3\tc\n4\ttoo long\n"), table_or_view=table, columns=("id", "name"))
    assert number_of(error) == 2628
    assert rows(cursor, f"SELECT COUNT(*) FROM {table}") == [(2,)]


def test_a_cancelled_query_leaves_session_and_transaction(cursor):
    cursor.execute("CREATE TABLE #kept (id int); BEGIN TRAN; INSERT INTO #kept VALUES (1)")
    session = cursor._session
    stop = threading.Timer(1, session.put_cancel)  # Cursor.cancel reads the answer on its own thread, as execute does
    stop.start()
    with contextlib.suppress(pytds.Error):  # of no result
        cursor.execute(LONG)
        cursor.fetchall()
    stop.join()
    session.process_cancel()  # up to the acknowledgement, which comes behind the answer
    assert not session.in_cancel
    assert rows(cursor, "SELECT COUNT(*), MAX(@@TRANCOUNT) FROM #kept") == [(1, 1)]
    cursor.execute("ROLLBACK")


def test_use_and_what_a_batch_says(address):
    with connect(address) as connection:
        cursor = connection.cursor()
        database = fresh("place")
        cursor.execute(f"CREATE DATABASE {database}")
        cursor.execute(f"USE {database}")
        assert rows(cursor, "SELECT DB_NAME()") == [(database,)]
        cursor.execute("SELECT 1; PRINT 'between'; SELECT 2")
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset() and cursor.fetchall() == [(2,)]
        assert any("between" in str(message) for _, message in cursor.messages)
        cursor.execute("-- nothing")
        cursor.execute("USE [default]")
        cursor.execute(f"DROP DATABASE {database}")
