"""`ankang demo`: a sample town on a demo clock, one account a desk. The passwords are told once."""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

from django.core.management import call_command

from ankang.accounts.models import Desk
from ankang.rules.errors import InvalidInput
from ankang.sample.accounts import Credentials, issue_passwords
from ankang.sample.load import DEMO_DAY, build, is_sample
from ankang.sample.town import WHOLE_TOWN
from ankang.sample.workbook import write_roster


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = subparsers.add_parser("demo", help="建一个示例镇，每个岗位一个账号")
    parser.add_argument(
        "--today", type=date.fromisoformat, default=None, metavar="日期", help=f"示例镇活在哪一天，默认 {DEMO_DAY}"
    )
    parser.add_argument("--reset", action="store_true", help="清掉已有的示例镇再建；正式数据不会被清")
    parser.add_argument("--roster-file", type=Path, metavar="F.xlsx", help="不动数据库，只把示例名册写成导入模板的样子")
    parser.add_argument("--json", action="store_true", help="只把账号和密码打成JSON；示例镇已有时换发新密码")


def run(args: argparse.Namespace) -> int:
    """Build the town if there is none and tell its accounts. Errors: AnkangError, among them HoldsRealData."""
    if args.roster_file:
        return _write_roster(args.roster_file)
    call_command("migrate", verbosity=0)
    if is_sample() and not args.reset:
        return _again(args)
    begun = time.monotonic()
    _say("建示例镇 …")
    build(today=args.today or DEMO_DAY, size=WHOLE_TOWN, reset=args.reset, say=_say)
    issued = issue_passwords()
    _say(f"建好了，用了 {time.monotonic() - begun:.0f} 秒。全部是示例数据，不是任何人的资料。")
    _tell(issued, args.json)
    return 0


def _write_roster(path: Path) -> int:
    try:
        rows = write_roster(path, WHOLE_TOWN)
    except OSError as error:
        raise InvalidInput(f"写不了 {path}：文件夹不存在、没有权限，或文件正在Excel里开着。请换一个位置。") from error
    _say(f"{path}：{rows:,} 人的示例名册，可以在“名册导入”页上传。")
    return 0


def _again(args: argparse.Namespace) -> int:
    """A sample stands: leave it as it is. JSON is asked for to log in, so it gives new passwords."""
    if args.today:
        _say("示例镇已经建好了，没有改动。换日子请到“设置”页，或加 --reset 按新日子重建。")
        return 2
    if args.json:
        _say("示例镇已经建好了，数据没有改动；给每个示例账号换发了新密码。")
        _tell(issue_passwords(), as_json=True)
    else:
        _say("示例镇已经建好了，没有改动。忘了密码用 --json 换发，要重来加 --reset。")
    return 0


def _tell(issued: list[Credentials], as_json: bool) -> None:
    if as_json:
        print(json.dumps(issued, ensure_ascii=False, indent=2))
        return
    print("\n岗位        登录名        密码（只显示这一次）")
    for account in issued:
        print(f"{Desk(account['desk']).label:　<6}{account['username']:<14}{account['password']}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
