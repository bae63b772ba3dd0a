"""unixODBC's pool of connections, which it has for a whole process. Usage: pooled_odbc.py ODBCINST_FOLDER CONNECTION_STRING STATEMENT…

Prints the rows of each statement as JSON, each of a connection that the pool hands out.
"""

from __future__ import annotations

import json
import os
import sys

folder, connection_string, *statements = sys.argv[1:]
os.environ["ODBCSYSINI"] = folder  # before the driver manager is there

import pyodbc  # noqa: E402

for statement in statements:
    connection = pyodbc.connect(connection_string, autocommit=True)
    cursor = connection.execute(statement)
    while not cursor.description:
        cursor.nextset()
    print(json.dumps([list(row) for row in cursor.fetchall()]), flush=True)
    connection.close()
