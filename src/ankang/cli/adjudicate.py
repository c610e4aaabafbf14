"""`ankang adjudicate`: covers and events in as CSV or Parquet, payouts out. Exit 3 when a row was refused."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ankang.cli.claim_rows import PAYOUT_COLUMNS, People, Person, Reject, read_covers, read_events
from ankang.cli.files import replacing_paths, tell
from ankang.cli.tables import part, write_table
from ankang.rules.adjudicate import Adjudicator, Decision
from ankang.rules.canonical import digest_of
from ankang.rules.cells import plain_text
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.load import load_programme
from ankang.rules.money import yuan, yuan_shown
from ankang.rules.programme import Programme
from ankang.rules.trace import decision_json

EXIT_REJECTED = 3
REJECT_COLUMNS = ("file", "row", "column", "value", "reason", "fix")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("adjudicate", help="按方案理算一批事故")
    parser.add_argument("--programme", type=Path, required=True, metavar="FOLDER", help="方案文件夹")
    parser.epilog = (
        "文件名以 .parquet 结尾的按 Parquet 读写，其余按 CSV。\n"
        "赔付的次序：reference 按事故号；batch 和 spark 不按事故号，同一个人的放在一起。行都一样。\n"
        "退出码：0 都理算了；3 有行没有理算；2 命令或文件有错，什么也没有写。"
    )
    parser.add_argument(
        "--covers", type=Path, required=True, metavar="C.csv", help="保障：谁、哪个险种、几份、哪天到哪天"
    )
    parser.add_argument("--events", type=Path, required=True, metavar="E.csv", help="事故和损失")
    parser.add_argument("--payouts", type=Path, required=True, metavar="P.csv", help="写出：每项责任赔多少、不赔的原因")
    parser.add_argument("--rejects", type=Path, metavar="R.csv", help="写出：没有理算的行、原因和改法")
    parser.add_argument("--trace", type=Path, metavar="T.jsonl", help="写出：每一分钱怎么算出来的，每行一个事故")
    parser.add_argument(
        "--engine",
        choices=list(_ENGINES),
        default="reference",
        help="用哪个引擎：reference（默认，逐步可查）、batch（几百万行）、spark（一台机器不够时）",
    )
    parser.add_argument("--master", metavar="URL", default="local[*]", help="Spark 的主节点（默认 local[*]，只用本机）")


def run(args: argparse.Namespace) -> int:
    """Decide every good row, refuse every bad one with its reason, and write all files whole or not at all."""
    programme = load_programme(args.programme)
    if args.engine != "reference" and args.trace:
        raise InvalidInput("只有 reference 引擎写得出 --trace。请去掉 --trace，或去掉 --engine。", fix="去掉 --trace")
    run_engine = _ENGINES[args.engine]
    wanted = [path for path in (args.payouts, args.rejects, args.trace) if path]
    with replacing_paths(wanted, inputs=(args.covers, args.events)) as parts:
        files = dict(zip(wanted, parts, strict=True))
        events, total, rejects = run_engine(args, programme, files)
        if args.rejects:
            rows = ([plain_text(str(cell)) for cell in reject] for reject in sorted(rejects))
            write_table(files[args.rejects], args.rejects, REJECT_COLUMNS, rows)
    order = "" if args.engine == "reference" else "赔付不按事故号排，同一个人的放在一起。"
    tell(f"理算了 {events:,} 个事故，应赔 {yuan_shown(total)} 元；{len(rejects):,} 行没有理算。{order}")
    if rejects and not args.rejects:
        show_rejects(rejects)
    return EXIT_REJECTED if rejects else 0


Ran = tuple[int, int, list[Reject]]  # events decided, fen in all, rows refused


def _run_reference(args: argparse.Namespace, programme: Programme, files: dict[Path, Path]) -> Ran:
    rejects: list[Reject] = []
    with _nothing_to_collect():
        people = read_covers(args.covers, programme, rejects)
        read_events(args.events, people, rejects)
        decisions = decide_people(programme, people, args.events.name, rejects, trace=args.trace is not None)
        write_table(files[args.payouts], args.payouts, PAYOUT_COLUMNS, payout_rows(decisions))
        if args.trace:
            _write_traces(files[args.trace], programme, decisions)
    return len(decisions), sum(decision.total_fen for decision in decisions), rejects


def _run_batch(args: argparse.Namespace, programme: Programme, files: dict[Path, Path]) -> Ran:
    ran: Ran = part("ankang.cli.batch_run").run_batch(args, programme, files)
    return ran


def _run_spark(args: argparse.Namespace, programme: Programme, files: dict[Path, Path]) -> Ran:
    ran: Ran = part("ankang.cli.batch_run").run_spark(args, programme, files)
    return ran


_ENGINES: dict[str, Callable[[argparse.Namespace, Programme, dict[Path, Path]], Ran]] = {
    "reference": _run_reference,
    "batch": _run_batch,
    "spark": _run_spark,
}


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Rows and decisions stay until the end: to search them for rubbish would take a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def decide_people(
    programme: Programme, people: People, events_file: str, rejects: list[Reject], *, trace: bool
) -> list[Decision]:
    """Return all decisions by event id."""
    adjudicator = Adjudicator(programme)
    decisions: list[Decision] = []
    done = 0
    for person in people.with_events():
        decisions += _decide_person(adjudicator, person, events_file, rejects, trace)
        before, done = done, done + len(person.events)
        if done // 100_000 > before // 100_000:
            tell(f"已理算 {done:,} 个事故…")
    decisions.sort(key=lambda decision: decision.event_id)
    return decisions


def _decide_person(
    adjudicator: Adjudicator, person: Person, events_file: str, rejects: list[Reject], trace: bool
) -> list[Decision]:
    """Decide one person's events; one that the plan has no figure for is refused, and the others still decided."""
    while person.events:
        try:
            return adjudicator.decide(person.birth_date, person.covers, person.events, trace=trace)
        except AnkangError as error:
            place = [event.event_id for event in person.events].index(str(error.fields["event_id"]))
            event, row = person.events.pop(place), person.event_rows.pop(place)
            fix = str(error.fields.get("fix", "查对出生日期和事故日期"))
            reason = str(error.fields.get("problem", error.message))
            rejects.append(Reject(events_file, row, "event_date", event.event_date.isoformat(), reason, fix))
    return []


def payout_rows(decisions: list[Decision]) -> Iterator[tuple[str, str, str, str, str]]:
    for decision in decisions:
        for line in decision.lines:
            if line.reason != "not_covered":  # a row for every benefit that the product has
                yield decision.event_id, line.product, line.benefit, yuan(line.amount_fen), line.reason


def _write_traces(path: Path, programme: Programme, decisions: list[Decision]) -> None:
    pinned = {"programme": programme.id, "digest": digest_of(programme)}
    with path.open("w", encoding="utf-8", newline="") as file:
        for decision in decisions:
            file.write(json.dumps(pinned | decision_json(decision), ensure_ascii=False) + "\n")


def show_rejects(rejects: list[Reject]) -> None:
    """Tell the first rows that were refused, and where the others can be had."""
    for reject in sorted(rejects)[:20]:
        tell(f"{reject.file} 第{reject.row}行 {reject.column}：{reject.reason}。{reject.fix}。")
    if len(rejects) > 20:
        tell(f"还有 {len(rejects) - 20:,} 行，加 --rejects R.csv 全部写出来。")
    sys.stderr.flush()
