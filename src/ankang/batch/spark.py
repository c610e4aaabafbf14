"""The same loop on Spark: covers and events together, partitioned by person, each partition streamed through the loop.

The workers need Python with `ankang[spark]` and see the input files under the same paths. The driver decides nothing:
it collects payouts, and the names of suspects.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyspark.sql.functions as f
from pyspark.sql import DataFrame, SparkSession

from ankang.batch.parquet import batches
from ankang.batch.stream import AMOUNT, PAYOUTS, Decider, Outcome, Sorted, coded
from ankang.rules.errors import AnkangError
from ankang.rules.programme import Programme

_WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_NAMES = ("person_id", "cover_id", "event_id")
_KIND = "kind"  # 0 a cover, 1 an event
_PLAIN = pa.schema([(field.name, AMOUNT if field.name == "amount" else pa.string()) for field in PAYOUTS])
_COLUMNS = "event_id string, product string, benefit string, amount decimal(18,2), reason string"
# Rows without an event tell something else: `product` says what, `benefit` holds it.
_SUSPECT, _COUNT = "suspect", "count"


class MissingJava(AnkangError):
    """Spark runs on Java."""

    code = "missing_java"


@contextmanager
def session_on(master: str) -> Iterator[SparkSession]:
    """Open a session. On this machine alone it listens on the loopback, on ports from 20000 on. Errors: MissingJava."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise MissingJava("没有找到 Java。请安装 Java 17（例如 openjdk-17-jre-headless）再运行。", fix="安装 Java 17")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings: dict[str, str | int] = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "Asia/Shanghai"}
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        port = 20_000 + os.getpid() % 8_000
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        settings |= {"spark.driver.port": port, "spark.blockManager.port": port + 2_000, "spark.port.maxRetries": 200}
    builder = SparkSession.builder.master(master).appName("ankang")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()


def decide_on_spark(session: SparkSession, programme: Programme, covers: Path, events: Path, out: Path) -> None:
    """Write the payouts of two Parquet files, in any order, into a folder of Parquet parts, for `payouts_in`."""
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "65536")
    parts = 4 * max(2, session.sparkContext.defaultParallelism)
    session.conf.set("spark.sql.shuffle.partitions", parts)
    tables = [_table(session, path) for path in (covers, events)]
    twice = [_ids_twice(table, ids) for table, ids in zip(tables, ("cover_id", "event_id"), strict=True)]
    excluded = {row.person_id for row in twice[0].union(twice[1]).distinct().collect()}
    named = [table.withColumn(_KIND, f.lit(kind)) for kind, table in enumerate(tables)]
    rows = named[0].unionByName(named[1], allowMissingColumns=True).repartition(parts, "person_id")
    ordered = rows.sortWithinPartitions("person_id", _KIND, "event_date", "event_id")
    decided = ordered.mapInArrow(_partition(programme, excluded, *(table.columns for table in tables)), _COLUMNS)
    decided.write.mode("overwrite").parquet(str(out))


def payouts_in(folder: Path, outcome: Outcome) -> Iterator[pa.Table]:
    """Yield what a run wrote (schema PAYOUTS), and add up its outcome."""
    for path in sorted(folder.glob("*.parquet")):
        for batch in batches(path, PAYOUTS.names):
            told = pc.is_null(batch["event_id"])
            for row in batch.filter(told).to_pylist():
                if row["product"] == _SUSPECT:
                    outcome.suspects.add(row["benefit"])
                else:
                    outcome.events += int(row["benefit"])
            paid = batch.filter(pc.invert(told))
            outcome.total_fen += int(100 * (pc.sum(paid["amount"]).as_py() or 0))
            yield _coded(paid)


def _table(session: SparkSession, path: Path) -> DataFrame:
    table = session.read.parquet(str(path))
    for name in _NAMES:
        if name in table.columns:
            column = f.coalesce(table[name].cast("string"), f.lit(""))
            table = table.withColumn(name, f.trim(column, f.lit(_WHITE_SPACE)))
    return table


def _ids_twice(table: DataFrame, ids: str) -> DataFrame:
    again = table.groupBy(ids).count().where("count > 1").select(ids)
    return table.join(f.broadcast(again), ids).select("person_id")


def _partition(
    programme: Programme, excluded: set[str], covers: list[str], events: list[str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def decide(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        outcome = Outcome()
        decider = Decider(programme, outcome, excluded, threads=1)
        for whole in _whole_persons(rows):
            kinds = whole[_KIND]
            table = decider.decide(
                whole.filter(pc.equal(kinds, 0)).select(covers), whole.filter(pc.equal(kinds, 1)).select(events)
            )
            yield from table.cast(_PLAIN).to_batches()
        told = [(_SUSPECT, person) for person in sorted(outcome.suspects)] + [(_COUNT, str(outcome.events))]
        yield _told(told)

    return decide


def _whole_persons(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    stream = Sorted(rows)
    while not stream.ended:
        taken = stream.take(stream.last)
        if len(taken):
            yield taken
        stream.read()
    if stream.rest is not None:
        yield stream.take(None)


def _told(rows: list[tuple[str, str]]) -> pa.RecordBatch:
    count = len(rows)
    texts = [pa.nulls(count, pa.string()), *(pa.array(column, pa.string()) for column in zip(*rows, strict=True))]
    return pa.RecordBatch.from_arrays([*texts, pa.nulls(count, AMOUNT), pa.nulls(count, pa.string())], schema=_PLAIN)


def _coded(batch: pa.RecordBatch) -> pa.Table:
    columns = [
        column.cast(field.type) if field.name == "amount" else coded(column.cast(pa.string()), field.type)
        for field, column in zip(PAYOUTS, batch.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=PAYOUTS)
