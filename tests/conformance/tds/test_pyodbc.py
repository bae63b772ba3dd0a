import configparser
import json
import subprocess
import sys
from pathlib import Path

import pytest
from clients.with_odbc import Pyodbc
from suite import ClientSuite


class TestPyodbc(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return Pyodbc(address)

    def test_the_driver_managers_pool(self, client, tmp_path):
        """It hands the same connection out again, as it was left: neither it nor FreeTDS' driver asks for a reset."""
        known = configparser.ConfigParser()
        known.read("/etc/odbcinst.ini")
        (tmp_path / "odbcinst.ini").write_text(f"[ODBC]\nPooling = Yes\n[FreeTDS]\nDriver = {known['FreeTDS']['Driver']}\nCPTimeout = 120\n")
        text = (f"DRIVER={{FreeTDS}};SERVER={client.address.host};PORT={client.address.port};UID=sa;PWD=Sommer-2026;DATABASE=default;"
                "TDS_Version=7.4")
        done = subprocess.run([sys.executable, Path(__file__).with_name("pooled_odbc.py"), tmp_path, text,
                               "SET DATEFIRST 1; SELECT @@SPID AS s, @@DATEFIRST AS f", "SELECT @@SPID AS s, @@DATEFIRST AS f"],
                              capture_output=True, text=True, check=True)
        first, second = (json.loads(line) for line in done.stdout.splitlines())
        assert first == second
        assert second[0][1] == 1
