"""In ./dev test --all alone, as the tests with Spark are: it needs Java."""

import os
import shutil
import subprocess

import pytest
from clients.with_jdbc import Java, Jdbc
from conftest import SPARK
from suite import ClientSuite, fails

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
