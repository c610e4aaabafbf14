"""`ankang import`: a register of any length, part by part; the same command again goes on where it was stopped."""

import argparse
import sys
import time
from pathlib import Path

from ankang.accounts.models import Desk
from ankang.cli.people import add_person, person_named
from ankang.divisions.models import Division
from ankang.installation.clock import now
from ankang.roster.bulk import prepare_for_many
from ankang.roster.imports.pouring import pour, stopped_run
from ankang.roster.imports.tables import Table, open_table
from ankang.roster.models import ImportRun
from ankang.rules.errors import Conflict, InvalidInput

EXIT_REJECTED = 3


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = subparsers.add_parser("import", help="导入大名册，分批写入，停了可以接着导")
    parser.add_argument("file", type=Path, metavar="名册", help="csv不限大小；xlsx、xls、ods最大20MB")
    parser.add_argument("--division", required=True, metavar="区划代码", help="导入到哪个区划，12位代码")
    add_person(parser)
    parser.add_argument("--again", action="store_true", help="这份文件已经导入过，仍再导一次（同样的行不会重复）")
    parser.add_argument("--register", action="store_true", help="看着像死亡、迁出等名单，确是户籍名册，照名册导入")


def run(args: argparse.Namespace) -> int:
    """Bring the file in and tell how far it is after every part; 3 tells that rows were refused."""
    by = person_named(args.username, Desk.TOWN, Desk.VILLAGE)
    division = Division.objects.filter(code=args.division).first()
    if division is None:
        raise InvalidInput(f"没有区划代码是 {args.division} 的区划。请核对 --division。", field="division")
    _say(f"先把 {args.file.name} 从头到尾看一遍 …")
    table = open_table(args.file)
    _require_register(table, args.register)
    stopped = stopped_run(division, table.digest)
    if stopped is not None:
        _say(f"这份文件上次导到第{stopped.reached:,}行停了，接着导。")
    elif not args.again:
        _refuse_repeated(division, table)
    prepare_for_many()
    begun = time.monotonic()
    done = pour(by=by, division=division, table=table, now=now(), told=_progress)
    _say("")
    _tell(done, time.monotonic() - begun)
    return EXIT_REJECTED if done.rejected else 0


def _require_register(table: Table, is_register: bool) -> None:
    if table.kind == ImportRun.Kind.ROSTER or is_register:
        return
    name = ImportRun.Kind(table.kind).label
    raise InvalidInput(
        f"这份文件像是{name}，不是户籍名册。名单请在“名册导入”页上传；确是户籍名册，请加 --register。", field="file"
    )


def _refuse_repeated(division: Division, table: Table) -> None:
    earlier = ImportRun.objects.filter(division=division, file_digest=table.digest, undone_at=None).first()
    if earlier is not None:
        raise Conflict(
            f"这份文件已经导入过（第{earlier.pk}次导入，{earlier.at:%Y-%m-%d}），内容一字未改，没有再写。"
            "确要再导一次，请加 --again。"
        )


def _progress(run: ImportRun) -> None:
    share = run.reached * 100 // max(run.last_row, 1)
    _say(
        f"\r已写到第{run.reached:,}行，共{run.last_row:,}行（{share}%）：新增{run.added:,}，更新{run.updated:,}，"
        f"没变{run.unchanged:,}，没导入{run.rejected:,}",
        end="",
    )


def _tell(run: ImportRun, seconds: float) -> None:
    print(
        f"第{run.pk}次导入完成：{run.row_count:,}行，新增{run.added:,}人，更新{run.updated:,}人，没变{run.unchanged:,}人，"
        f"没导入{run.rejected:,}行，要核对{run.warned:,}行，用了{seconds:.0f}秒。"
    )
    if run.rejected:
        print("没导入的行、原因和改法，请到“名册导入”页点开这次导入下载；改好后直接再导入那一份。")


def _say(text: str, end: str = "\n") -> None:
    print(text, file=sys.stderr, end=end, flush=True)
