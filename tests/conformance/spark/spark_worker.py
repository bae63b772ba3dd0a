"""Spark in a process of its own: a JSON object a line on standard input, one back for each on standard output.

Usage: spark_worker.py URL KEY JARS WORK

``{"sql": "…"}`` runs a statement and answers ``{"rows": [[…]]}``, or ``{"error": "…"}`` with the exception's class first.
The lake is reached through the storage API of the server at URL (Hadoop's ABFS driver), never through its folder. WORK
takes Spark's own files.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ACCOUNT = "tarn.dfs.core.windows.net"  # a name only: the driver is told another address
CALLS_MAX = 40  # of one request while the server is away


def settings(url: str, key: str, jars: str, work: str) -> dict[str, str]:
    hadoop = {
        "fs.azure.abfs.endpoint": url.removeprefix("http://"),
        "fs.azure.always.use.https": "false",
        "fs.azure.account.hns.enabled": "true",
        "fs.azure.account.auth.type": "SharedKey",
        f"fs.azure.account.key.{ACCOUNT}": key,
        "fs.azure.io.retry.max.retries": str(CALLS_MAX),
        "fs.azure.io.retry.min.backoff.interval": "100",
        "fs.azure.io.retry.backoff.interval": "200",
        "fs.azure.io.retry.max.backoff.interval": "500",
    }
    spark = {
        "spark.jars": ",".join(str(jar) for jar in sorted(Path(jars).glob("*.jar"))),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={work}",
        "spark.sql.warehouse.dir": f"{work}/warehouse",
        "spark.sql.session.timeZone": "UTC",
    }
    return spark | {f"spark.hadoop.{name}": value for name, value in hadoop.items()}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else Spark prints is no answer
    url, key, jars, work = sys.argv[1:]
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("three engines")
    for name, value in settings(url, key, jars, work).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    print(json.dumps({"version": spark.version}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            rows = spark.sql(json.loads(line)["sql"]).collect()
            answer: dict = {"rows": [list(row) for row in rows]}
        except Exception as error:  # noqa: BLE001
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), file=answers, flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
