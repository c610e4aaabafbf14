"""`ankang whatif`: what another plan would have paid on the same covers and events. Exit 3 when a row was refused."""

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from ankang.cli.adjudicate import EXIT_REJECTED, REJECT_COLUMNS, show_rejects
from ankang.cli.claim_rows import COVER_COLUMNS, People, Reject, read_covers, read_events
from ankang.cli.files import replacing, tell
from ankang.cli.history_rows import VILLAGE
from ankang.cli.tables import has_column, part, table_rows
from ankang.cli.text_tables import aligned
from ankang.pricing.documents import COLUMNS, document_of, rows_of
from ankang.pricing.groups import DIMENSIONS
from ankang.pricing.history import History, Person, history_of
from ankang.pricing.whatif import Comparison, Report, Row
from ankang.rules.cells import plain_text
from ankang.rules.errors import InvalidInput, file_trouble
from ankang.rules.load import load_programme
from ankang.rules.money import yuan, yuan_shown
from ankang.rules.programme import Programme

_PEOPLE_AT_ONCE = 100_000
_SHOWN = 40  # rows of a table at the terminal
LARGE = 20_000_000  # bytes
_HEAD = ("", "原方案赔", "改后赔", "相差", "原赔付率%", "改后%", "多得人数", "多得", "少得人数", "少得")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("whatif", help="换一个方案，同样的参保和事故会赔多少")
    parser.epilog = (
        "covers 和 events 就是 ankang adjudicate 的两个文件：文件名以 .parquet 结尾的按 Parquet 读，其余按 CSV，"
        "次序不论。\n"
        "大文件分批读，内存不随大小增长。退出码：0 都算了；3 有行没有算；2 命令或文件有错。"
    )
    parser.add_argument("--programme", type=Path, required=True, metavar="A", help="原方案文件夹")
    parser.add_argument("--against", type=Path, required=True, metavar="B", help="改后的方案文件夹")
    parser.add_argument(
        "--covers", type=Path, required=True, metavar="C.csv", help="保障；有 village 一列的，按村居也分开算"
    )
    parser.add_argument("--events", type=Path, required=True, metavar="E.csv", help="事故和损失")
    parser.add_argument("--csv", type=Path, metavar="W.csv", help="写出：每个险种、责任、年龄档、村居一行")
    parser.add_argument("--json", type=Path, metavar="W.json", help="写出：同样的数，金额单位是分")
    parser.add_argument("--rejects", type=Path, metavar="R.csv", help="写出：没有算的行、原因和改法")


def run(args: argparse.Namespace) -> int:
    """Print the comparison, and write the files that were asked for whole or not at all."""
    before, after = load_programme(args.programme), load_programme(args.against)
    wanted = [path for path in (args.csv, args.json, args.rejects) if path]
    with replacing(wanted, inputs=(args.covers, args.events)) as opened:
        files = dict(zip(wanted, opened, strict=True))
        report, rejects = _compared(before, after, args.covers, args.events)
        if args.csv:
            _write_csv(files[args.csv], report)
        if args.json:
            json.dump(document_of(report), files[args.json], ensure_ascii=False, indent=1)
        if args.rejects:
            _write_rejects(files[args.rejects], rejects)
    print_report(report)
    if rejects and not args.rejects:
        show_rejects(rejects)
    return EXIT_REJECTED if rejects else 0


def _compared(before: Programme, after: Programme, covers: Path, events: Path) -> tuple[Report, list[Reject]]:
    """Read the files, large ones in batches, and lay both plans over them."""
    rejects: list[Reject] = []
    both, has_villages = _both(before, after), has_column(covers, VILLAGE)
    if is_large(covers) or is_large(events):
        stream = part("ankang.cli.whatif_files")
        comparison, people = stream.lay_files(before, after, both, (covers, events, has_villages), rejects)
    else:
        columns = (*COVER_COLUMNS, VILLAGE) if has_villages else COVER_COLUMNS
        comparison, people = Comparison(before, after), read_covers(covers, both, rejects, table_rows(covers, columns))
        read_events(events, people, rejects)
    _add(comparison, people, events.name, rejects)
    return comparison.report(), rejects


def _add(comparison: Comparison, people: People, events_file: str, rejects: list[Reject]) -> None:
    rows_by_event = {
        event.event_id: row
        for person in people.with_events()
        for event, row in zip(person.events, person.event_rows, strict=True)
    }
    for history in _histories(people, comparison):
        for refused in comparison.add(history):
            name = history.event_ids[refused.row]
            rejects.append(Reject(events_file, rows_by_event[name], "event_date", name, refused.reason, refused.fix))


def is_large(path: Path) -> bool:
    """Return whether a file is better read in batches. Errors: InvalidInput where there is none."""
    try:
        return path.stat().st_size > LARGE
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{file_trouble(error)}。请查对路径。") from error


def print_report(report: Report) -> None:
    """Show a report at the terminal, a table for each way to break it down."""
    tell(f"{report.people:,} 人参保，{report.claimants:,} 人出险，{report.events:,} 个事故。")
    print(f"{report.before['name']} → {report.after['name']}")
    for dimension, title in DIMENSIONS.items():
        found = report.tables[dimension]
        rows = [_shown(report, row) for row in (*found[:_SHOWN], report.total)]
        print("\n" + "\n".join(aligned([(title, *_HEAD[1:]), *rows])))
        if len(found) > _SHOWN:
            print(f"还有 {len(found) - _SHOWN:,} 行，加 --csv W.csv 全部写出来。")


def _both(before: Programme, after: Programme) -> Programme:
    """The first plan with what only the second sells: a cover of either is a good row."""
    known = {product.code for product in before.products}
    return replace(
        before, products=(*before.products, *(product for product in after.products if product.code not in known))
    )


def _histories(people: People, comparison: Comparison) -> Iterator[History]:
    everybody = list(people.by_id.values())
    for start in range(0, len(everybody), _PEOPLE_AT_ONCE):
        part = everybody[start : start + _PEOPLE_AT_ONCE]
        yield history_of(
            (Person(one.birth_date, one.village, one.covers, one.events) for one in part), comparison.groups.products
        )


def _shown(report: Report, row: Row) -> tuple[str, ...]:
    return (
        row.name,
        yuan_shown(row.paid_before_fen),
        yuan_shown(row.paid_after_fen),
        yuan_shown(row.difference_fen),
        report.ratio(row, "before") or "-",
        report.ratio(row, "after") or "-",
        f"{row.more:,}",
        yuan_shown(row.more_fen),
        f"{row.less:,}",
        yuan_shown(row.less_fen),
    )


def _write_csv(file: TextIO, report: Report) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for dimension, row in rows_of(report):
        premium = [row.premium_before_fen, row.premium_after_fen]
        writer.writerow(
            [
                dimension,
                plain_text(row.key),
                plain_text(row.name),
                *("" if fen is None else yuan(fen) for fen in premium),
                *(yuan(fen) for fen in (row.paid_before_fen, row.paid_after_fen, row.difference_fen)),
                *(report.ratio(row, side) or "" for side in ("before", "after")),
                *(row.more, yuan(row.more_fen), row.less, yuan(row.less_fen)),
            ]
        )


def _write_rejects(file: TextIO, rejects: list[Reject]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(REJECT_COLUMNS)
    writer.writerows([plain_text(str(cell)) for cell in reject] for reject in sorted(rejects))
