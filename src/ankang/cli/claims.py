"""`ankang claims export`: decided claims as the files that `ankang adjudicate` reads, without names or numbers."""

import argparse
import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

from ankang.claims.replays import Replay, replays_of
from ankang.cli.claim_rows import COVER_COLUMNS, EVENT_COLUMNS, PAYOUT_COLUMNS
from ankang.cli.files import replacing, tell
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("claims", help="导出已结案的赔案，供 adjudicate 重算核对")
    inner = parser.add_subparsers(dest="what", required=True, metavar="做什么")
    export = inner.add_parser("export", help="写出保障、事故和已定赔付三个文件")
    export.add_argument("--programme", required=True, metavar="SLUG", help="哪一年的方案，例如 2024-yandu")
    export.add_argument("--covers", type=Path, required=True, metavar="C.csv", help="写出：保障")
    export.add_argument("--events", type=Path, required=True, metavar="E.csv", help="写出：事故和损失")
    export.add_argument("--payouts", type=Path, required=True, metavar="P.csv", help="写出：已定的赔付")


def run(args: argparse.Namespace) -> int:
    """Write the three files whole or not at all. Errors: InvalidInput for a programme that is not there."""
    programme = Programme.objects.filter(slug=args.programme).first()
    if programme is None:
        raise InvalidInput(f"没有方案 {args.programme}，请查对方案的短名。", field="programme")
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
        if replay.fits_files:
            for at, cover in enumerate(replay.covers, start=1):
                yield (
                    f"{replay.person}-{at}",
                    replay.person,
                    replay.birth_date.isoformat(),
                    cover.product,
                    str(cover.units),
                    cover.start.isoformat(),
                    cover.end.isoformat(),
                )


def _event_rows(replays: Iterable[Replay]) -> Iterable[Sequence[str]]:
    for replay in replays:
        for event in replay.events if replay.fits_files else ():
            yield (
                event.event_id,
                replay.person,
                event.event_date.isoformat(),
                event.cause,
                yuan(event.medical_fen),
                yuan(event.reimbursed_fen),
                yuan(event.fracture_fen),
                str(event.hospital_days),
                str(event.grades[0] if event.grades else 0),
                _day(event.death_date),
            )


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


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
