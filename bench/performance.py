"""The batch engine beside its peers: one run, in turns, medians of five. Writes docs/performance.md with `--write`.

All decide the same rows, one event of one holder each, by the 2024 plan; before anything is timed they must agree to
the fen. Needs the group `peers` (requirements-peers.lock); what is not installed is left out and said so.
"""

import argparse
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from adjudicate import facts, graph
from ankang.batch import NO_DEATH, Covers, Events, Payouts, adjudicate
from ankang.batch.compiled import compiled
from ankang.batch.engine import room_for
from ankang.rules.adjudicate import Adjudicator, Cover, Event
from ankang.rules.load import load_programme
from ankang.rules.programme import BenefitKind, Programme
from performance_files import PLAN, Action, on_files, on_spark, peak_megabytes
from performance_peers import by_duckdb, by_openfisca
from timing import machine, median_seconds, progress

ROOT = Path(__file__).parent.parent
OPENFISCA = "OpenFisca-core"
KINDS = [str(kind) for kind in BenefitKind]
EPOCH = 719_163  # the ordinal of 1970-01-01


def columns(programme: Programme, count: int) -> tuple[Covers, Events]:
    """The mix of a real year: bills, fractures, stays, a few grades and deaths, some out of cover; no history."""
    dice = np.random.default_rng(2024)
    first, last = programme.cover_from.toordinal() - EPOCH, programme.cover_to.toordinal() - EPOCH
    person = np.arange(count)
    covers = Covers(
        person,
        dice.integers(-16_800, -3_700, count).astype(np.int32),
        dice.integers(0, 2, count).astype(np.int16),
        dice.choice(np.array([1, 1, 1, 2], np.int32), count),
        np.full(count, first, np.int32),
        np.full(count, last, np.int32),
    )
    day = dice.integers(first - 5, last + 6, count).astype(np.int32)
    medical = dice.integers(10_000, 1_500_000, count)
    events = Events(
        person,
        day,
        (dice.random(count) < 0.05).astype(np.int8),
        medical,
        medical * dice.integers(0, 80, count) // 100,
        np.where(dice.random(count) < 0.3, medical // 2, 0),
        dice.choice(np.array([0, 0, 5, 12], np.int32), count),
        np.where(dice.random(count) < 0.03, dice.integers(1, 11, count), 0).astype(np.int8),
        np.where((dice.random(count) < 0.05) & (day <= last), day, NO_DEATH).astype(np.int32),
    )
    return covers, events


def histories(covers: Covers, events: Events) -> dict[str, tuple[Covers, Events]]:
    """The same events, three to a person; and everybody under both products. What is used up makes these sequential."""
    count = len(events.person)
    thirds = Covers(*(column[: (count + 2) // 3] for column in covers))
    both = Covers(*(np.repeat(column, 2) for column in covers))._replace(
        product=np.arange(2 * count, dtype=np.int16) % 2
    )
    return {
        "kernel, three events a person": (thirds, events._replace(person=events.person // 3)),
        "kernel, two covers a person, eight rows an event": (both, events),
    }


def by_kind(payouts: Payouts) -> tuple[Any, Any]:
    """Return the fen and the reasons by event and benefit, as the peers answer; -1 where a line is not held."""
    kind = np.array([KINDS.index(benefit) for _, benefit in payouts.lines])
    place = payouts.event, kind[payouts.line]
    paid = np.zeros((len(payouts.status), len(KINDS)), np.int64)
    reason = np.full(paid.shape, -1)
    paid[place], reason[place] = payouts.amount, payouts.reason
    return paid, reason


@compiled
def copy_columns(covers: Covers, events: Events, found: Any) -> int:
    """Read and write what the kernel reads and writes, and decide nothing."""
    row = 0
    for event in range(len(events.person)):
        cover = (
            covers.person[event] + covers.birth[event] + covers.units[event] + covers.start[event] + covers.end[event]
        )
        read = events.day[event] + events.medical[event] + events.reimbursed[event] + events.fracture[event]
        read += events.hospital_days[event] + events.grade[event] + events.death[event] + events.cause[event]
        for line in range(5 if covers.product[event] == 0 else 3):
            found.line[row], found.amount[row], found.reason[row] = line, read + cover, 0
            row += 1
        found.end[event], found.age[event], found.status[event] = row, 0, 0
    return row


def objects(programme: Programme, covers: Covers, events: Events, count: int) -> list[Any]:
    """The first rows as the reference and ZEN take them."""

    def day(number: int) -> date:
        return date.fromordinal(int(number) + EPOCH)

    codes, found = [product.code for product in programme.products], []
    for at in range(count):
        cover = Cover(codes[covers.product[at]], int(covers.units[at]), day(covers.start[at]), day(covers.end[at]))
        event = Event(
            f"E{at}",
            day(events.day[at]),
            ("accident", "illness")[events.cause[at]],
            medical_fen=int(events.medical[at]),
            reimbursed_fen=int(events.reimbursed[at]),
            fracture_fen=int(events.fracture[at]),
            hospital_days=int(events.hospital_days[at]),
            grades=(int(events.grade[at]),) if events.grade[at] else (),
            death_date=None if events.death[at] == NO_DEATH else day(events.death[at]),
        )
        found.append((day(covers.birth[at]), [cover], [event]))
    return found


class Bench:
    """Collects actions with the rows that each takes, times them in turns, and keeps the seconds a row."""

    def __init__(self) -> None:
        self.actions: dict[str, tuple[Action, int]] = {}
        self.missing: list[str] = []

    def add(self, name: str, action: Action, rows: int) -> None:
        self.actions[name] = action, rows

    def run(self, rounds: int) -> dict[str, float]:
        for action, _ in self.actions.values():
            action()  # compiled, and its pages touched
        seconds = median_seconds({name: action for name, (action, _) in self.actions.items()}, rounds)
        return {name: seconds[name] / rows for name, (_, rows) in self.actions.items()}


def in_memory(programme: Programme, count: int, few: int, rounds: int) -> tuple[dict[str, float], list[str]]:
    covers, events = columns(programme, count)
    payouts = adjudicate(programme, covers, events)
    (expected, reasons), ages = by_kind(payouts), payouts.age
    bench = Bench()
    bench.add("kernel, 1 thread", lambda: adjudicate(programme, covers, events), count)
    bench.add("kernel, 2 threads", lambda: adjudicate(programme, covers, events, threads=2), count)
    for name, rows_of in histories(covers, events).items():
        bench.add(name, partial(adjudicate, programme, *rows_of), count)
    rows = len(payouts.line)

    def bare() -> None:
        copy_columns(covers, events, room_for(rows, count))

    bench.add("bare compiled loop over the same columns", bare, count)
    peers = {
        OPENFISCA: by_openfisca,
        f"{OPENFISCA}, fen only": partial(by_openfisca, reasons=False),
        "DuckDB, 1 thread, fen only": by_duckdb,
    }
    for name, peer in peers.items():
        try:
            action = peer(programme, covers, events, ages)
        except ModuleNotFoundError as error:
            bench.missing.append(f"{name} ({error.name})")
            continue
        found = action()
        assert np.array_equal(found[:, : len(KINDS)], expected), name
        if name == OPENFISCA:
            assert np.array_equal(found[:, len(KINDS) :][reasons >= 0], reasons[reasons >= 0]), name
        bench.add(name, action, count)
    # Columns first, then rows: while the engines of single rows run for seconds, the machine takes idle columns away.
    found_by_columns = bench.run(rounds)
    by_row = Bench()
    _one_by_one(by_row, programme, objects(programme, covers, events, few), expected)
    return found_by_columns | by_row.run(rounds), bench.missing


def _one_by_one(bench: Bench, programme: Programme, sample: list[Any], expected: Any) -> None:
    import zen

    adjudicator, engine = Adjudicator(programme), zen.ZenEngine()
    graphs = {product.code: engine.create_decision(graph(product)) for product in programme.products}
    inputs = [(graphs[row[1][0].product], facts(programme, row)) for row in sample]
    for place, (row, (decision, given)) in enumerate(zip(sample, inputs, strict=True)):
        (ours,) = adjudicator.decide(*row)
        assert ours.total_fen == expected[place].sum() == decision.evaluate(given)["result"]["total"], row

    def reference(trace: bool) -> None:
        for born, covers, events in sample:
            adjudicator.decide(born, covers, events, trace=trace)

    def zen_engine(trace: bool) -> None:
        for decision, given in inputs:
            decision.evaluate(given, {"trace": trace})

    bench.add("reference, with trace", lambda: reference(True), len(sample))
    bench.add("reference", lambda: reference(False), len(sample))
    bench.add("ZEN, with trace", lambda: zen_engine(True), len(sample))
    bench.add("ZEN", lambda: zen_engine(False), len(sample))


def page(args: argparse.Namespace) -> str:
    programme = load_programme(PLAN)
    loaded = machine()
    progress(f"内存里的 {args.rows:,} 行…")
    each, missing = in_memory(programme, args.rows, args.few, args.rounds)
    progress(f"Parquet 到 Parquet，{args.files:,} 行…")
    files = on_files(args.files, args.rounds)
    peak, seconds = peak_megabytes(args.large)
    unsorted_peak, unsorted_seconds = peak_megabytes(args.large, shuffled=True)
    spark = on_spark(args.spark, args.spark_rounds) if args.spark else {}
    kernel, thread = each["kernel, 1 thread"], each["bare compiled loop over the same columns"]
    asked = [
        ("kernel against OpenFisca-core, one thread", "at least 15", _ratio(each.get(OPENFISCA), kernel), 15),
        ("kernel against the bare loop", "at least 0.2", thread / kernel, 0.2),
        (
            "Parquet to Parquet against the copy of inputs",
            "at least 0.7",
            files["copy of the inputs"] / files["batch"],
            0.7,
        ),
        (
            "reference with trace against ZEN with trace",
            "at least 3",
            each["ZEN, with trace"] / each["reference, with trace"],
            3,
        ),
        ("megabytes at the peak of the large run", "below 2,048", max(peak, unsorted_peak), None),
    ]
    lines = [
        "# Performance",
        "",
        f"Made by `bench/performance.py --write`: {loaded}. Medians of {args.rounds}, in turns in one run.",
        "Every engine first decided the same rows, equal to the fen: one event of one holder each, by the 2024 plan.",
        "ZEN and DuckDB are given the age; OpenFisca and the kernel work it out. These two answer with each line's fen",
        "and each zero's reason, both compared; OpenFisca without the reasons stands below, and DuckDB has none.",
        "",
        "| what | asked | found | |",
        "| --- | --- | --- | --- |",
        *(
            f"| {what} | {limit} | {_shown(found)} | {_met(found, least, limit)} |"
            for what, limit, found, least in asked
        ),
        "",
        f"One decision, columns in memory ({args.rows:,} rows; {args.few:,} for the reference and ZEN):",
        "",
        "| engine | ns | million a second |",
        "| --- | --- | --- |",
        *(f"| {name} | {1e9 * taken:,.0f} | {1e-6 / taken:,.3f} |" for name, taken in each.items()),
        "",
        f"Parquet to Parquet, sorted, {args.files:,} people with an event each, five or three payout rows an event:",
        "",
        "| what | seconds |",
        "| --- | --- |",
        f"| `ankang adjudicate --engine batch` | {files['batch']:.2f} |",
        f"| DuckDB copies covers and events | {files['copy of the inputs']:.2f} |",
        f"| DuckDB copies covers, events and the payouts | {files['copy of inputs and payouts']:.2f} |",
        "",
        f"{args.large:,} events from file to file: {seconds:.1f} s, {peak:,.0f} MB at the peak;",
        f"in no order: {unsorted_seconds:.1f} s, {unsorted_peak:,.0f} MB.",
    ]
    if spark:
        lines += [
            "",
            f"Spark, {args.spark:,} events, `local-cluster`, start of Spark to file, rounds: {args.spark_rounds}",
            "",
            *(f"- {name}: {taken:.1f} s" for name, taken in spark.items()),
        ]
    if missing:
        lines += ["", f"Not installed, so not measured: {', '.join(missing)}."]
    names = ("numba", "numpy", "pyarrow", "duckdb", "openfisca-core", "zen-engine", "pyspark")
    lines += [
        "",
        "Versions: " + ", ".join(f"{name} {version(name)}" for name in names if name not in str(missing)) + ".",
    ]
    return "\n".join(lines) + "\n"


def _ratio(other: float | None, own: float) -> float | None:
    return other / own if other else None


def _shown(found: float | None) -> str:
    if found is None:
        return "not measured"
    return f"{found:,.0f}" if found >= 100 else f"{found:.2f}"


def _met(found: float | None, least: float | None, limit: str) -> str:
    if found is None:
        return ""
    met = found >= least if least is not None else found < 2048
    return "met" if met else "**missed**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--spark", type=int, default=1_000_000)
    parser.add_argument("--spark-rounds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    args = parser.parse_args()
    text = page(args)
    print(text)
    if args.write:
        (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
