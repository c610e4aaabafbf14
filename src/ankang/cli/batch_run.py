"""`ankang adjudicate --engine batch|spark`: files of any size through the compiled loop.

Whoever is plainly right goes through the loop; the others, and all rows of theirs, go to the reference afterwards, so
that every refused row is refused by the same words.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from ankang.batch.cells import stripped
from ankang.batch.parquet import PayoutsWriter, as_text, batches, open_parquet
from ankang.batch.prepare import ROW, persons_of, sort, spool
from ankang.batch.stream import COVERS, EVENTS, SURPLUS, NotSorted, Outcome, decide_batches, hashes_twice
from ankang.cli.adjudicate import Ran, decide_people, payout_rows
from ankang.cli.claim_rows import Reject, read_covers, read_events
from ankang.cli.files import SURPLUS as CSV_SURPLUS
from ankang.cli.files import tell
from ankang.cli.tables import is_parquet, part, table_rows
from ankang.rules.programme import Programme

_SORTED_BY = {"cover_id": ("person_id",), "event_id": ("person_id", "event_date", "event_id")}


@dataclass
class Source:
    """One input file, and the Parquet file that is read in its place."""

    path: Path
    columns: tuple[str, ...]
    folder: Path
    ready: Path
    spooled: bool = False
    sorted: bool = False

    @property
    def ids(self) -> str:
        return self.columns[0]

    @property
    def extra(self) -> tuple[str, ...]:
        return (SURPLUS,) if self.spooled else ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        return batches(self.ready, (*self.columns, *self.extra))

    def spool(self) -> None:
        target = self.folder / f"{self.ids}-text.parquet"
        spool(target, self.columns, table_rows(self.path, self.columns), CSV_SURPLUS)
        self.ready, self.spooled, self.sorted = target, True, False

    def sort(self) -> None:
        """Sort; where that was tried before, names have white space around them: as stripped text they sort."""
        if self.sorted:
            self.spool()
        target = self.folder / f"{self.ids}-sorted{int(self.spooled)}.parquet"
        sort(self.ready, target, _SORTED_BY[self.ids], self.folder)
        self.ready, self.sorted = target, True

    def rows_of(self, persons: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows of some persons as `csv_rows`, in the order of the file."""
        wanted = pa.array(sorted(persons), pa.string())
        unsorted = self.folder / f"{self.ids}-text.parquet" if self.spooled else self.path
        number = 2
        for batch in batches(unsorted, (*self.columns, *self.extra, *((ROW,) if self.spooled else ()))):
            numbers = batch[ROW] if self.spooled else pa.array(range(number, number + len(batch)))
            number += len(batch)
            mask = pc.is_in(stripped(batch["person_id"]), wanted)
            kept = batch.filter(mask)
            if len(kept):
                texts = [column.to_pylist() for column in as_text(kept)]
                for row, cells in zip(numbers.filter(mask).to_pylist(), zip(*texts, strict=True), strict=True):
                    named = dict(zip(kept.schema.names, map(str.strip, cells), strict=True))
                    yield row, named | {CSV_SURPLUS: named.get(SURPLUS, "")}


def run_batch(args: argparse.Namespace, programme: Programme, files: dict[Path, Path]) -> Ran:
    """Decide the files of `args`. Errors: InvalidInput when one cannot be read, BatchOverflow."""
    with TemporaryDirectory(prefix="ankang-batch-") as folder, _writer(args, files) as writer:
        covers, events = _sources(args, Path(folder))
        outcome = _decide(programme, covers, events, writer)
        return _with_suspects(programme, covers, events, outcome, writer)


def run_spark(args: argparse.Namespace, programme: Programme, files: dict[Path, Path]) -> Ran:
    """As `run_batch`, on the cluster of `args.master`; what its workers share lies beside the payouts meanwhile."""
    spark = part("ankang.batch.spark", "spark")
    beside = files[args.payouts].parent
    with TemporaryDirectory(prefix=".ankang-spark-", dir=beside) as folder, _writer(args, files) as writer:
        covers, events = _sources(args, Path(folder))
        parts, outcome = Path(folder, "parts"), Outcome()
        with spark.session_on(args.master) as session:
            spark.decide_on_spark(session, programme, covers.ready, events.ready, parts)
        writer.begin()
        for table in spark.payouts_in(parts, outcome):
            writer.write(table)
        return _with_suspects(programme, covers, events, outcome, writer)


def _writer(args: argparse.Namespace, files: dict[Path, Path]) -> PayoutsWriter:
    return PayoutsWriter(files[args.payouts], parquet=is_parquet(args.payouts))


def _sources(args: argparse.Namespace, folder: Path) -> tuple[Source, Source]:
    return source_of(args.covers, COVERS, folder), source_of(args.events, EVENTS, folder)


def source_of(path: Path, columns: tuple[str, ...], folder: Path) -> Source:
    """Return an input file, CSV made ready. Errors: InvalidInput when it cannot be read."""
    source = Source(path, columns, folder, path)
    if is_parquet(path):
        open_parquet(path, columns).close()
    else:
        source.spool()
    return source


def _decide(programme: Programme, covers: Source, events: Source, writer: PayoutsWriter) -> Outcome:
    def once(excluded: set[str]) -> Outcome:
        outcome, told = Outcome(), 0
        writer.begin()
        for table in decide_batches(programme, covers.batches(), events.batches(), outcome, excluded=excluded):
            writer.write(table)
            told = _tell_progress(told, outcome.events)
        return outcome

    return through(covers, events, once)


def through(covers: Source, events: Source, once: Callable[[set[str]], Outcome]) -> Outcome:
    """Go through the files; from the beginning again, sorted, or without those whose ids stand twice, where need be.

    `once` is given whom to leave out, raises NotSorted, and forgets what it did before. Who was left out is a suspect.
    """
    excluded: set[str] = set()
    while True:
        try:
            outcome = once(excluded)
        except NotSorted:
            tell("按人排序…")
            covers.sort()
            events.sort()
            continue
        twice = ids_twice(covers, events, outcome) - excluded
        if not twice:
            outcome.suspects |= excluded
            return outcome
        excluded |= twice


def ids_twice(covers: Source, events: Source, outcome: Outcome) -> set[str]:
    """Return the persons of rows whose id stands twice in its file."""
    found: set[str] = set()
    for source, parts in ((covers, outcome.cover_hashes), (events, outcome.event_hashes)):
        hashes = hashes_twice(parts)
        if len(hashes):
            found |= persons_of(source.ready, source.ids, hashes)
    return found


def _with_suspects(
    programme: Programme, covers: Source, events: Source, outcome: Outcome, writer: PayoutsWriter
) -> Ran:
    """Let the reference decide the suspects, and add up."""
    rejects: list[Reject] = []
    if not outcome.suspects:
        return outcome.events, outcome.total_fen, rejects
    people = read_covers(covers.path, programme, rejects, covers.rows_of(outcome.suspects))
    read_events(events.path, people, rejects, events.rows_of(outcome.suspects))
    decisions = decide_people(programme, people, events.path.name, rejects, trace=False)
    writer.write_rows(payout_rows(decisions))
    total = sum(decision.total_fen for decision in decisions)
    return outcome.events + len(decisions), outcome.total_fen + total, rejects


def _tell_progress(told: int, events: int) -> int:
    if events - told >= 1_000_000:
        tell(f"已理算 {events:,} 个事故…")
        return events
    return told
