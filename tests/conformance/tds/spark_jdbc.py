"""Spark writes a table through JDBC and reads it back in parts. Usage: spark_jdbc.py JARS HOST PORT TABLE ROWS WORK"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession, functions


def main() -> None:
    jars, host, port, table, rows, work = sys.argv[1:]
    builder = SparkSession.builder.master("local[2]").appName("JDBC")
    for name, value in {"spark.jars": ",".join(map(str, Path(jars).glob("mssql-jdbc-*.jar"))), "spark.ui.enabled": "false",
                        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
                        "spark.driver.extraJavaOptions": f"-Dderby.system.home={work}", "spark.sql.warehouse.dir": f"{work}/warehouse",
                        "spark.sql.session.timeZone": "UTC"}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    url = f"jdbc:sqlserver://{host}:{port};databaseName=default;encrypt=true;trustServerCertificate=true"
    access = {"user": "sa", "password": "Sommer-2026", "driver": "com.microsoft.sqlserver.jdbc.SQLServerDriver", "batchsize": "1000"}
    written = spark.range(int(rows)).select(
        "id", functions.concat(functions.lit("näme "), functions.col("id").cast("string")).alias("name"),
        (functions.col("id") / 8).cast("decimal(12,3)").alias("price"), (functions.col("id") / 4).alias("ratio"),
        functions.expr("date_add(DATE'2000-01-01', CAST(id % 9000 AS int))").alias("day"),
        functions.when(functions.col("id") % 10 == 0, None).otherwise(functions.col("id") % 2 == 0).alias("flag"))
    written.coalesce(1).write.jdbc(url, f"dbo.{table}", mode="append", properties=access)
    written.limit(5).coalesce(1).write.jdbc(url, f"dbo.{table}_2", mode="append", properties=access)
    written.limit(3).coalesce(1).write.mode("overwrite").option("truncate", "true").jdbc(url, f"dbo.{table}_2", properties=access)
    read = spark.read.jdbc(url, f"dbo.{table}", column="id", lowerBound=0, upperBound=int(rows), numPartitions=4, properties=access)
    same = read.exceptAll(written).count() + written.exceptAll(read).count()
    some = read.where("price > 1 AND name LIKE 'näme 1%'").count()  # goes to the server
    query = spark.read.format("jdbc").options(url=url, **access).option(
        "query", f"SELECT flag, COUNT(*) AS n FROM dbo.{table} GROUP BY flag").load()
    groups = {str(row.flag): row.n for row in query.collect()}
    small = spark.read.jdbc(url, f"dbo.{table}_2", properties=access).count()
    print("answer " + json.dumps({"rows": read.count(), "different": same, "some": some, "groups": groups, "small": small,
                                  "schema": read.schema.simpleString()}), flush=True)
    spark.stop()


main()
