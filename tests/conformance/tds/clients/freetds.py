"""Settings that FreeTDS takes from its file alone: for those clients that have it inside."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.model import Address

VERIFIED = "verified"


@contextmanager
def verified(address: Address) -> Iterator[str]:
    """The name of a server whose certificate is checked against the address's."""
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "freetds.conf"
        conf.write_text(f"[{VERIFIED}]\n\thost = {address.host}\n\tport = {address.port}\n\ttds version = 7.4\n\tencryption = require\n"
                        f"\tca file = {address.certificate}\n\tcheck certificate hostname = no\n")
        os.environ["FREETDSCONF"] = str(conf)
        try:
            yield VERIFIED
        finally:
            del os.environ["FREETDSCONF"]
