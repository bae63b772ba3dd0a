"""The interactive `tarn sql` on a pseudo-terminal, and completion in shells."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest
from conftest import wait_until

CONTROL_C, CONTROL_D, UP, TAB = "\x03", "\x04", "\x1b[A", "\t"


class Terminal:
    """``tarn sql`` as a person has it before them: keys in, what the screen gets out."""

    def __init__(self, tarn, state: Path, *arguments: str) -> None:
        environment = tarn.environment(TERM="xterm", LC_ALL="C.UTF-8", XDG_STATE_HOME=str(state))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(tarn.binary, [tarn.binary, "sql", *arguments], environment)
        self.screen = ""

    def until(self, wanted: str, seconds: float = 30) -> str:
        """What came up to and with the pattern."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(wanted, self.screen, re.S)):
            left = deadline - time.monotonic()
            assert left > 0, f"waited for {wanted!r}, got {self.screen!r}"
            if select.select([self.fd], [], [], left)[0]:
                self.screen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", os.read(self.fd, 65536).decode())
        seen, self.screen = self.screen[:found.end()], self.screen[found.end():]
        return seen

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def do(self, keys: str, wanted: str) -> str:
        self.type(keys)
        return self.until(wanted)

    def leave(self, seconds: float = 30) -> int:
        """Control-D, once, whatever the shell is at."""
        self.type(CONTROL_D)
        return self.ended(seconds)

    def ended(self, seconds: float = 30) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if select.select([self.fd], [], [], 0.1)[0]:
                    self.screen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:  # the terminal's other end is gone
                time.sleep(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"the shell does not end; it shows {self.screen!r}")

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def shell(server, tmp_path):
    server.ok("sql", "CREATE TABLE dbo.rentals (day_of_year int, kind varchar(10)); CREATE DATABASE lab")
    terminal = Terminal(server, tmp_path / "state")
    terminal.until("default> ")
    yield terminal
    terminal.close()


def test_lines_make_a_batch_and_a_session_holds(shell):
    shell.type("SELECT 40 +\r2 AS\r")
    shell.do("answer;\r", r"answer\n─+\n +42\n\(1 row\)\n.*default> ")
    shell.do("CREATE TABLE #kept (a int);\r", "default> ")
    shell.do("INSERT INTO #kept VALUES (7);\r", "affected.*default> ")
    shell.do("SELECT a + 1 AS eight FROM #kept;\r", "eight.*8.*default> ")
    shell.do("DECLARE @x int = 5;\rSELECT @x * 3 AS y;\rGO\r", "15.*default> ")
    shell.do("USE lab\r", "lab> ")
    shell.do("SELECT DB_NAME() AS here;\r", "here.*lab.*lab> ")
    assert shell.leave() == 0


def test_errors_have_a_caret_and_do_not_end_the_shell(shell):
    shell.do("SELECT 1 FROM nothing;\r", r"\^.*Msg 208, Level 16.*Invalid object name 'nothing'.*default> ")
    shell.do(".modes\r", r"Unknown command '\.modes'. Did you mean '\.mode'\?.*default> ")
    shell.do("SELECT 1 AS a", "a")
    shell.do(CONTROL_C, "default> ")
    shell.do("SELECT 2 AS b;\r", r"b\n─\n2\n")
    assert shell.leave() == 0


def test_modes_timer_files_and_lists(shell, tmp_path):
    shell.do(".mode csv\r", "default> ")
    shell.do("SELECT 1 AS a, NULL AS b;\r", r"a,b\n1,\n")
    shell.do(".mode line\r", "default> ")
    shell.do("SELECT 1 AS a, 'x' AS long;\r", r"   a = 1\nlong = x\n")
    shell.do(".mode xml\r", "Unknown mode 'xml'.*table, json")
    shell.do(".mode table\r", "default> ")
    shell.do(".timer on\r", "The timer is on")
    shell.do("SELECT 1 AS a;\r", r"Time: \d+\.\d+ s")
    (tmp_path / "x.sql").write_text("SELECT 6 * 7 AS n\nGO\nSELECT broken\n")
    shell.do(f".read {tmp_path}/x.sql\r", r"42.*Msg 207.*Line 3")
    shell.do(f".output {tmp_path}/out.txt\r", "default> ")
    shell.do("SELECT 'in a file' AS a;\r", "Time.*default> ")
    shell.do(".output\r", "default> ")
    assert "in a file" in (tmp_path / "out.txt").read_text()
    shell.do("\\dt\r", "dbo +rentals")
    shell.do("\\d rentals\r", r"day_of_year +int.*kind +varchar\(10\)")
    shell.do("\\d rental\r", "There is no table or view rental. Did you mean 'rentals'")
    shell.do("\\l\r", "default.*lab")
    shell.do("\\dn\r", "dbo")
    shell.do(".help\r", r"\.output.*Ctrl-R")


def test_completion_of_keywords_tables_columns_and_databases(shell):
    shell.do("sel" + TAB, "select ")
    shell.do("day FROM ren" + TAB, "rentals")
    shell.do(CONTROL_C, "default> ")
    shell.type("SELECT r.day" + TAB)
    shell.do(CONTROL_C, "default> ")
    shell.do("SELECT 1 FROM rentals AS r WHERE r.ki" + TAB, "r.kind ")
    shell.do(CONTROL_C, "default> ")
    shell.do("USE la" + TAB + "\r", "lab> ")


def test_history_is_private_bounded_and_without_secrets(shell, server, tmp_path):
    shell.do("SELECT 11 AS a\r;\r", "11.*default> ")
    shell.do("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'u', SECRET = 'hush';\r", "default> ")
    assert shell.leave() == 0
    file = tmp_path / "state" / "tarn" / "sql_history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "SELECT 11 AS a\\n;\n"
    file.write_text("".join(f"SELECT {i};\n" for i in range(5000)))
    again = Terminal(server, tmp_path / "state")
    again.until("default> ")
    assert len(file.read_text().splitlines()) == 2000
    again.do(UP + "\r", r"4999.*\(1 row\)")
    assert again.leave() == 0


def test_keys_typed_while_a_statement_runs_are_taken_after_it(shell):
    shell.type("WAITFOR DELAY '00:00:01'; SELECT 1 AS first;\r")
    time.sleep(0.3)
    shell.type("SELECT 21 * 2 AS second;\r")
    shell.until(r"first.*second.*42.*default> ")
    shell.type("WAITFOR DELAY '00:00:01'; SELECT 3 AS third;\r")
    time.sleep(0.3)
    assert shell.leave() == 0
    assert "third" in shell.screen


@pytest.mark.parametrize("turn", range(5))
def test_control_d_right_after_an_answer_ends_the_shell(shell, turn):
    shell.type("SELECT 5 AS five;\r")
    shell.until("1 row")  # before the next prompt is there
    assert shell.leave() == 0


def test_control_d_in_a_text_does_not_end_the_shell(shell):
    shell.do("SELECT 1 AS a" + CONTROL_D + ";\r", r"a\n─\n1\n.*default> ")
    assert shell.leave() == 0


def test_the_terminal_is_left_as_it_was_found(shell):
    def modes() -> int:
        return termios.tcgetattr(shell.fd)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    wait_until(lambda: modes() == 0, what="a terminal that the editor has")
    shell.type("WAITFOR DELAY '00:00:01'; SELECT 1 AS a;\r")
    wait_until(lambda: modes() == termios.ISIG, what="a terminal on which Control-C cancels what runs")
    shell.until("1 row.*default> ")
    assert shell.leave() == 0
    assert modes() == termios.ICANON | termios.ECHO | termios.ISIG


def test_control_c_cancels_the_statement_and_not_the_shell(shell):
    cross = "".join(f" CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2) AS a{i}" for i in range(1, 40))
    shell.type(f"SELECT COUNT_BIG(*) AS n FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a0{cross};\r")
    time.sleep(1.5)
    shell.do(CONTROL_C, "(?i)cancel|interrupt")
    shell.do("SELECT 5 AS still_here;\r", "still_here.*5")
    assert shell.leave() == 0


def test_a_script_on_standard_input_is_run(tarn):
    assert tarn.ok("sql", "-o", "csv", stdin=b"SELECT 1 AS a\nGO\nSELECT 2 AS b\n") == "a\n1\nb\n2\n"


def complete(tarn, *words: str) -> list[str]:
    return [line.split("\t")[0] for line in tarn.ok("complete", "--", *words).splitlines()]


def test_words_of_the_command_line(tarn):
    assert complete(tarn, "mod") == ["model"]
    assert "deploy-sql" in complete(tarn, "model", "")
    assert complete(tarn, "lake", "ls", "--rec") == ["--recursive"]
    assert complete(tarn, "-o", "") == ["table", "json", "tsv", "csv"]
    assert complete(tarn, "job", "create", "-f", "") == [":files"]
    assert complete(tarn, "table", "show", "") == []
    assert not tarn.home.exists()
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    tarn.ok("lake", "put", "-", "files/in/x.csv", stdin=b"a")
    for _ in ("a home", "a server"):
        assert complete(tarn, "table", "show", "") == ["default.dbo.t"]
        assert complete(tarn, "lake", "cat", "files/in/") == ["files/in/x.csv"]
        assert "files/in/" in complete(tarn, "lake", "ls", "files/i")
        if not tarn.server:
            tarn.serve()


def test_bash_completes(tarn):
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    script = ("source <(\"$TARN\" completion bash); line=$1; COMP_LINE=$line; COMP_POINT=${#line}; "
              "read -ra COMP_WORDS <<<\"$line\"; COMP_WORDS[0]=$TARN; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
              "_tarn; printf '%s\\n' \"${COMPREPLY[@]}\"")
    for line, wanted in [("tarn mod", "model"), ("tarn table show def", "default.dbo.t"),
                         ("tarn completion f", "fish")]:
        done = subprocess.run(["bash", "-c", script, "bash", line], env=tarn.environment(TARN=tarn.binary),
                              capture_output=True, text=True, check=True)
        assert done.stdout.split() == [wanted], done.stderr


@pytest.mark.parametrize("shell_name", ["zsh", "fish"])
def test_the_script_is_one_of_the_shell(tarn, shell_name):
    program = shutil.which(shell_name)
    if not program:
        pytest.skip(f"{shell_name} is not installed: its script is not checked")
    script = tarn.ok("completion", shell_name)
    done = subprocess.run([program, "-n", "/dev/stdin"], input=script.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
