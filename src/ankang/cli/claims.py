"""`ankang claims`: what is stored as the files that other commands read, without names or numbers.

`export`: decided claims, for `ankang adjudicate`. `history`: everybody's covers and the events, for `ankang whatif`.
`sweep` takes away what uploads that were cut off left behind.
"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from django.utils import timezone

from ankang.claims.paper_sweep import sweep_papers
from ankang.claims.replays import Replay, replays_of
from ankang.cli.claim_rows import COVER_COLUMNS, EVENT_COLUMNS, PAYOUT_COLUMNS
from ankang.cli.files import replacing, tell
from ankang.cli.history_rows import VILLAGE, cover_cells, event_cells, history_covers, history_events
from ankang.divisions.models import prefix_of
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.whatif.actions import export_history
from ankang.whatif.facts import MOST_COVERS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("claims", help="导出已结案的赔案，供 adjudicate 重算核对")
    inner = parser.add_subparsers(dest="what", required=True, metavar="做什么")
    export = inner.add_parser("export", help="写出保障、事故和已定赔付三个文件")
    export.add_argument("--programme", required=True, metavar="SLUG", help="哪一年的方案，例如 2024-yandu")
    export.add_argument("--covers", type=Path, required=True, metavar="C.csv", help="写出：保障")
    export.add_argument("--events", type=Path, required=True, metavar="E.csv", help="写出：事故和损失")
    export.add_argument("--payouts", type=Path, required=True, metavar="P.csv", help="写出：已定的赔付")
    history = inner.add_parser("history", help="写出一年全部参保和已结案的事故，供 whatif 测算；记入审计")
    history.add_argument("--programme", required=True, metavar="SLUG", help="哪一年的方案，例如 2024-yandu")
    history.add_argument("--division", default="", metavar="CODE", help="只要这个区划的，例如 320903；不写就是全部")
    history.add_argument("--most", type=int, default=MOST_COVERS, metavar="N", help="参保超过 N 条就不写")
    history.add_argument("--covers", type=Path, required=True, metavar="C.csv", help="写出：保障，带村居")
    history.add_argument("--events", type=Path, required=True, metavar="E.csv", help="写出：事故和损失")

    inner.add_parser("sweep", help="清掉上传到一半断了留下的文件，一天以上的")


def run(args: argparse.Namespace) -> int:
    """Write the files whole or not at all. Errors: InvalidInput for a programme that is not there."""
    if args.what == "sweep":
        tell(f"清掉 {sweep_papers(timezone.now()):,} 个没有用的文件。")
        return 0
    programme = Programme.objects.filter(slug=args.programme).first()
    if programme is None:
        raise InvalidInput(f"没有方案 {args.programme}，请查对方案的短名。", field="programme")
    return _export(args, programme) if args.what == "export" else _history(args, programme)


def _history(args: argparse.Namespace, programme: Programme) -> int:
    """Write everybody's covers and events."""
    scope = prefix_of(args.division.ljust(12, "0")) if args.division else ""
    with replacing([args.covers, args.events], inputs=()) as files:
        people = export_history(by=None, programme=programme, scope=scope, most=args.most)
        covers, events = files
        _write(covers, (*COVER_COLUMNS, VILLAGE), history_covers(people))
        _write(events, EVENT_COLUMNS, history_events(people))
    happened = sum(len(person.events) for person in people)
    tell(f"写出 {len(people):,} 人的保障和 {happened:,} 个事故，人和事故只有顺序号，已记入审计。")
    return 0


def _export(args: argparse.Namespace, programme: Programme) -> int:
    replays = replays_of(programme)
    with replacing([args.covers, args.events, args.payouts], inputs=()) as files:
        covers, events, payouts = files
        _write(covers, COVER_COLUMNS, _cover_rows(replays))
        _write(events, EVENT_COLUMNS, _event_rows(replays))
        _write(payouts, PAYOUT_COLUMNS, _payout_rows(replays))
    left_out = sum(not replay.fits_files for replay in replays)
    tell(f"写出 {len(replays) - left_out} 位老人的赔案；{left_out} 位老人的没有写：文件写不下他们的先后次序。")
    return 0


def _cover_rows(replays: Iterable[Replay]) -> Iterable[Sequence[str]]:
    for replay in replays:
        for at, cover in enumerate(replay.covers if replay.fits_files else (), start=1):
            yield cover_cells(f"{replay.person}-{at}", replay.person, replay.birth_date, cover)


def _event_rows(replays: Iterable[Replay]) -> Iterable[Sequence[str]]:
    for replay in replays:
        for event in replay.events if replay.fits_files else ():
            yield event_cells(event.event_id, replay.person, event)


def _payout_rows(replays: Iterable[Replay]) -> Iterable[Sequence[str]]:
    rows = [
        (event_id, line.product, line.benefit, yuan(line.amount_fen), line.reason)
        for replay in replays
        if replay.fits_files
        for event_id, lines in replay.lines.items()
        for line in lines
        if line.reason != "not_covered"
    ]
    return sorted(rows, key=lambda row: row[0])


def _write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
