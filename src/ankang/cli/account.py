"""`ankang account`: bring the areas in and open the first account of a real installation, before anybody can log in."""

import argparse
from pathlib import Path

from django.db import transaction
from django.urls import reverse

from ankang.accounts.actions import LINK_VALID, Invited, invite
from ankang.accounts.management import MANAGED_DESKS
from ankang.accounts.models import Desk
from ankang.audit.record import record
from ankang.divisions.actions import bring_in, read_areas
from ankang.divisions.models import Division
from ankang.installation.clock import wall_clock
from ankang.rules.errors import InvalidInput


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("account", help="导入区划，建第一个管账号的人")
    steps = parser.add_subparsers(dest="step", required=True, metavar="做什么")
    areas = steps.add_parser("divisions", help="导入区划：CSV，两列 区划代码,名称")
    areas.add_argument("file", type=Path, metavar="CSV")
    create = steps.add_parser("create", help="开一个账号，打印设密码的链接（72小时内有效，只能用一次）")
    create.add_argument("--username", required=True, help="登录名，例如姓名的拼音")
    create.add_argument("--name", required=True, help="姓名")
    create.add_argument("--desk", required=True, choices=Desk.values, metavar="岗位", help="、".join(Desk.values))
    create.add_argument("--division", required=True, metavar="区划代码", help="管辖范围的12位区划代码")
    create.add_argument("--base", default="http://127.0.0.1:8000", help="本系统的网址，用来拼出链接")


def run(args: argparse.Namespace) -> int:
    return _divisions(args.file) if args.step == "divisions" else _create(args)


def _divisions(path: Path) -> int:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"读不了 {path}：请给一个 UTF-8 的 CSV 文件（{error}）。", file=str(path)) from error
    areas = read_areas(lines, file_name=path.name)
    with transaction.atomic():
        added, renamed = bring_in(areas)
        record(by=None, action="divisions.bring_in", added=added, renamed=renamed)
    print(f"读了{len(areas)}个区划：新增{added}个，改名{renamed}个。")
    return 0


def _create(args: argparse.Namespace) -> int:
    """Open the account; it manages accounts where its desk has a page for that."""
    division = Division.objects.filter(code=args.division).first()
    if division is None:
        raise InvalidInput(
            f"没有区划代码是 {args.division} 的区划。请先执行 ankang account divisions 导入，或核对代码。",
            field="division",
        )
    invited = invite(
        by=None,
        username=args.username,
        full_name=args.name,
        desk=args.desk,
        division=division,
        is_manager=args.desk in MANAGED_DESKS,
        now=wall_clock(),
    )
    _tell(invited, args.base)
    return 0


def _tell(invited: Invited, base: str) -> None:
    user, hours = invited.user, int(LINK_VALID.total_seconds() // 3600)
    print(
        f"已给{user.full_name}开了{user.get_desk_display()}的账号：登录名 {user.username}，管辖{user.division.name}。"
    )
    print(f"请把下面的链接交给本人设密码，{hours}小时内有效，只能用一次：")
    print(f"{base.rstrip('/')}{reverse('invitation', args=[invited.token])}")
