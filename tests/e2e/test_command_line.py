"""Exit codes, output forms, and what wrong words get as an answer."""

import json
import signal
import subprocess
import time

import pytest
from conftest import EXAMPLE


def test_version_and_help(tarn):
    assert tarn.ok("version").startswith("tarn ")
    assert "lake" in tarn.ok("--help")
    assert "put" in tarn.ok("lake", "--help")
    assert "--target" in tarn.ok("automl", "regression", "--help")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["lak", "ls"], 2, ["Unknown command 'lak'", "Did you mean 'lake'?"]),
        (["lake", "lss"], 2, ["Unknown command 'lss'", "Did you mean 'ls'?"]),
        (["lake", "ls", "--recursiv"], 2, ["Unknown option '--recursiv'", "Did you mean '--recursive'?"]),
        (["lake"], 2, ["A command is missing", "put"]),
        (["lake", "cat", "files/none.csv"], 3, ["files/none.csv"]),
        (["lake", "cat", "files/../../etc/passwd"], 2, ["'..'"]),
        (["table", "show", "default.none"], 3, ["none"]),
        (["model", "show", "none"], 3, ["none"]),
        (["job", "show", "none"], 3, ["none"]),
        (["sql"], 2, ["needs a query or a file"]),
        (["lake", "ls", "-o", "xml"], 2, ["xml"]),
        (["lake", "put", "/no/such/file", "files/x"], 3, ["/no/such/file"]),
        (["automl", "regression", "--table", "default.x", "--target", "y", "--timeout", "soon"], 2, ["Not a duration"]),
        (["job", "create", "-f", str(EXAMPLE / "automl.yml")], 75, ["No server is running", "--wait"]),
    ],
)
def test_mistakes_are_answered(tarn, arguments, code, words):
    done = tarn.run(*arguments)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    for word in words:
        assert word in done.stderr.decode()


def test_errors_of_sql_have_number_line_and_caret(tarn, tmp_path):
    script = tmp_path / "x.sql"
    script.write_text("SELECT 1 AS a\nGO\nSELECT 2 AS b\n\nSELECT *\n  FROM nothing\n")
    done = tarn.run("sql", "-f", str(script))
    error = done.stderr.decode()
    assert done.returncode != 0
    assert "Msg 208, Level 16, State 1, Line 6" in error
    assert "Invalid object name 'nothing'." in error
    assert "       ^" in error
    assert "(1 row)" in done.stdout.decode()


def test_forms_of_output(tarn):
    query = "SELECT 1 AS a, CAST(NULL AS varchar(5)) AS b, 'x,\"y' AS c, CAST(1.50 AS decimal(5,2)) AS d"
    assert tarn.ok("sql", query, "-o", "csv") == 'a,b,c,d\n1,,"x,""y",1.50\n'
    assert tarn.ok("sql", query, "-o", "tsv") == 'a\tb\tc\td\n1\t\\N\tx,"y\t1.50\n'
    assert json.loads(tarn.ok("sql", query, "-o", "json")) == [{"a": 1, "b": None, "c": 'x,"y', "d": 1.5}]
    assert "NULL" in tarn.ok("sql", query)


def test_files_of_the_lake(tarn, tmp_path):
    source = tmp_path / "x.csv"
    source.write_text("a\n" + "\n".join(str(i) for i in range(100)) + "\n")
    for served in (False, True):
        if served:
            tarn.serve()
        folder = f"files/data{served}/"
        tarn.ok("lake", "put", str(source), folder)
        assert tarn.ok("lake", "cat", folder + "x.csv") == source.read_text()
        assert tarn.ok("lake", "head", "-n", "2", folder + "x.csv") == "a\n0\n"
        tarn.ok("lake", "get", folder + "x.csv", str(tmp_path / "back.csv"))
        assert (tmp_path / "back.csv").read_text() == source.read_text()
        assert tarn.run("lake", "put", "-n", str(source), folder).returncode == 5
        tarn.ok("lake", "mv", folder + "x.csv", folder + "y.csv")
        listing = tarn.json("lake", "ls", folder)
        assert [entry["path"] for entry in listing] == [folder + "y.csv"]
        assert tarn.json("lake", "stat", folder + "y.csv")["size"] == source.stat().st_size
        tarn.ok("lake", "rm", folder + "y.csv")
        assert tarn.run("lake", "cat", folder + "y.csv").returncode == 3


def test_standard_input_is_a_file(tarn):
    tarn.ok("lake", "put", "-", "files/in.txt", stdin=b"hello")
    assert tarn.ok("lake", "cat", "abfss://files@anything.dfs.core.windows.net/in.txt") == "hello"


def test_control_c_cancels(server):
    query = "SELECT COUNT_BIG(*) AS n FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a0"
    for i in range(1, 40):
        query += f" CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2) AS a{i}"
    running = subprocess.Popen([server.binary, "sql", query], env=server.environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    time.sleep(1)
    assert running.poll() is None, running.communicate()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=5) == 130
    running.communicate()
    assert server.ok("sql", "SELECT 1 AS a", "-o", "csv") == "a\n1\n"


def test_a_command_waits_for_the_home_and_names_its_holder(tarn):
    tarn.ok("version")
    tarn.ok("lake", "ls")
    holder = subprocess.Popen([tarn.binary, "lake", "put", "-", "files/slow"], stdin=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=tarn.environment())
    time.sleep(0.5)
    done = tarn.run("lake", "ls")
    holder.communicate(b"x", timeout=10)
    assert done.returncode == 75
    assert f"is in use by pid {holder.pid}" in done.stderr.decode()
