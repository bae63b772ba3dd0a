"""SQL logins, as clients see them: over TLS, on a server that trusts nobody without one."""

from __future__ import annotations

import contextlib

import pymssql
import pytds
import pytest

PASSWORD = "Tr0ub4dor&3"


def connect(address, user: str, password: str):
    return pytds.connect(
        address.host,
        port=address.port,
        user=user,
        password=password,
        database="default",
        cafile=str(address.certificate),
        validate_host=False,
        autocommit=True,
        login_timeout=20,
    )


def refuse(address, user: str, password: str) -> str:
    """The server lets nobody of this name and password in; what it says."""
    with pytest.raises(pytds.Error) as refused:
        connect(address, user, password)
    assert refused.value.number == 18456, refused.value
    return refused.value.text


@pytest.fixture(scope="module")
def strict(strict_server):
    """The owner works through the command line; the login has one table to read."""
    for statement in (
        f"CREATE LOGIN bob WITH PASSWORD = '{PASSWORD}'; CREATE USER bob",
        "CREATE TABLE dbo.books (title nvarchar(20)); INSERT INTO dbo.books VALUES (N'Ä')",
        "ALTER ROLE db_datareader ADD MEMBER bob",
    ):
        strict_server.ok("sql", statement)
    return strict_server


def test_a_login_comes_in_and_may_do_what_its_roles_say(strict):
    with connect(strict.address, "Bob", PASSWORD) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT SUSER_SNAME(), ORIGINAL_LOGIN()")
        assert cursor.fetchall() == [("bob", "bob")]
        cursor.execute("SELECT title FROM dbo.books")
        assert cursor.fetchall() == [("Ä",)]
        for statement, number in (
            ("INSERT INTO dbo.books VALUES (N'B')", 229),
            ("CREATE LOGIN eve WITH PASSWORD = 'Tr0ub4dor&3'", 15247),
        ):
            with pytest.raises(pytds.Error) as refused:
                cursor.execute(statement)
            assert refused.value.number == number


def test_pymssql_as_well(strict):
    address = strict.address
    connection = pymssql.connect(
        server=address.host, port=str(address.port), user="bob", password=PASSWORD, database="default", encryption="require"
    )
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT SUSER_SNAME()")
        assert cursor.fetchone() == ("bob",)


@pytest.mark.parametrize(("user", "password"), [("bob", "wrong"), ("bob", ""), ("nobody", PASSWORD), ("", "")])
def test_nobody_else_does(strict, user, password):
    assert refuse(strict.address, user, password) == f"Login failed for user '{user}'."


def test_a_new_password_and_a_disabled_login(strict):
    strict.ok("sql", "CREATE LOGIN carol WITH PASSWORD = 'first password'; CREATE USER carol")
    with connect(strict.address, "carol", "first password") as connection, connection.cursor() as cursor:
        cursor.execute("ALTER LOGIN carol WITH PASSWORD = 'second password' OLD_PASSWORD = 'first password'")
    refuse(strict.address, "carol", "first password")
    connect(strict.address, "carol", "second password").close()
    strict.ok("sql", "ALTER LOGIN carol DISABLE")
    refuse(strict.address, "carol", "second password")
    strict.ok("sql", "ALTER LOGIN carol ENABLE")
    connect(strict.address, "carol", "second password").close()
    strict.ok("sql", "DROP LOGIN carol")
    refuse(strict.address, "carol", "second password")


def test_a_login_without_a_user_has_no_database(strict):
    strict.ok("sql", "CREATE LOGIN dave WITH PASSWORD = 'a long password'")
    refuse(strict.address, "dave", "a long password")
