"""`ankang rollup`: tell the installation above our counts, and add up those of the installations below."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from ankang.cli.files import tell
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.installation.clock import installation, instant_of
from ankang.rollup.actions import export_bundle, import_bundle, register_sender
from ankang.rollup.models import Sender
from ankang.rollup.queries import Standing, standing
from ankang.rollup.signing import fingerprint, public_key
from ankang.rules.errors import AnkangError, InvalidInput, file_trouble
from ankang.rules.money import yuan_shown

REJECTED = 3
LEVELS = {"province": "省", "city": "市", "district": "区县", "town": "镇街", "village": "村居"}
_HEAD = ("区划代码", "名称", "60周岁以上", "公布目标", "已参保", "覆盖率%", "政府购买对象", "其中未参保", "截至")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("rollup", help="汇总包：向上级报汇总数，收下级的汇总数")
    steps = parser.add_subparsers(dest="step", required=True, metavar="做什么")
    steps.add_parser("key", help="打印本系统的公钥，交给上级登记")
    export = steps.add_parser("export", help="导出签了名的汇总包，里面没有个人信息")
    export.add_argument("--division", default="", metavar="区划代码", help="报哪个区划；只有一个区县时可不写")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="写到哪个文件")
    sender = steps.add_parser("sender", help="登记一个下级和它的公钥；不写选项时列出已登记的")
    sender.add_argument("--division", default="", metavar="区划代码")
    sender.add_argument("--key", default="", metavar="公钥", help="下级 ankang rollup key 打印的64个字符")
    receive = steps.add_parser("import", help="收汇总包；伪造的、收过的不收")
    receive.add_argument("files", type=Path, nargs="+", metavar="FILE")
    _add_show(steps)


def _add_show(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    show = steps.add_parser("show", help="看加起来的数，谁没报、谁报晚了")
    show.add_argument("--year", type=int, default=None, help="年度；不写是最近的一个")
    show.add_argument("--level", choices=LEVELS, default="district", metavar="级别", help="、".join(LEVELS))
    show.add_argument("--under", default="", metavar="代码开头", help="只看这个开头的区划，例如 3209")
    show.add_argument("--within", type=int, default=1, metavar="天", help="几天以前的算报晚了（1）")
    show.add_argument("--format", choices=("text", "csv", "json"), default="text", help="text、csv 或 json")


def run(args: argparse.Namespace) -> int:
    steps = {"key": _key, "export": _export, "sender": _sender, "import": _import, "show": _show}
    return steps[args.step](args)


def _key(_args: argparse.Namespace) -> int:
    key = public_key()
    print(f"公钥 {key}")
    print(f"指纹 {fingerprint(key)}（上级登记时，请打电话念一遍，两边一样才登记）")
    return 0


def _export(args: argparse.Namespace) -> int:
    row = installation()
    division = _division(args.division) if args.division else _only_district()
    file, sent = export_bundle(by=None, division=division, now=instant_of(row), is_sample=row.is_sample)
    try:
        args.out.write_bytes(file)
    except OSError as error:
        raise InvalidInput(f"写不了 {args.out}：{file_trouble(error)}。请换一个地方再导出。") from error
    tell(f"已导出{division.name}第{sent.number}号汇总包，截至{sent.as_of:%Y-%m-%d %H:%M}：{args.out}")
    return 0


def _sender(args: argparse.Namespace) -> int:
    if not args.division and not args.key:
        return _list_senders()
    if not (args.division and args.key):
        raise InvalidInput("登记下级要同时写 --division 和 --key。", field="key")
    sender = register_sender(by=None, division=_division(args.division), key=args.key, now=instant_of(installation()))
    print(f"已登记{sender.division.name}，公钥指纹 {fingerprint(sender.public_key)}。请和对方核对指纹。")
    return 0


def _list_senders() -> int:
    senders = list(Sender.objects.select_related("division"))
    for sender in senders:
        print(f"{sender.division_id} {sender.division.name} 指纹 {fingerprint(sender.public_key)}")
    print(f"登记了{len(senders)}个下级。")
    return 0


def _import(args: argparse.Namespace) -> int:
    """Take the good ones in and name each of the others with its reason."""
    now, refused = instant_of(installation()), 0
    for path in args.files:
        try:
            received = import_bundle(by=None, file=_read(path), now=now)
        except AnkangError as error:
            refused += 1
            tell(f"✗ {path.name}：{error.message}")
        else:
            print(f"✓ {path.name}：{received.sender.division.name}第{received.number}号")
    print(f"收了{len(args.files) - refused}份，没收{refused}份。")
    return REJECTED if refused else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"打不开：{file_trouble(error)}。请查对路径。") from error


def _show(args: argparse.Namespace) -> int:
    now = instant_of(installation())
    found = standing(args.year, args.level, now, within=timedelta(days=args.within), under=args.under)
    {"text": _print_text, "csv": _print_csv, "json": _print_json}[args.format](found)
    return 0


def _print_csv(found: Standing) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(_HEAD)
    writer.writerows(_rows(found))


def _print_json(found: Standing) -> None:
    document = asdict(found) | {
        "received": found.received,
        "missing": [_place(division) for division in found.missing],
        "late": [_place(division) | {"as_of": as_of.isoformat()} for division, as_of in found.late],
    }
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1, default=str)
    print()


def _place(division: Division) -> dict[str, str]:
    return {"code": division.pk, "name": division.name}


def _print_text(found: Standing) -> None:
    if not found.senders:
        print("还没有登记下级。请先用 ankang rollup sender 登记，再收它们的汇总包。")
        return
    print(f"{found.year}年度：{found.senders}个下级，报了{found.received}个。")
    for row in _rows(found):
        print("  ".join(str(cell) for cell in row))
    people = found.people
    goal = f"，离{found.goal_percent}%还差{people.missing_to(found.goal_percent):,}人" if found.goal_percent else ""
    print(f"合计：60周岁以上{people.population:,}人，已参保{people.insured:,}人，覆盖率{people.percent}%{goal}。")
    print(f"政府购买对象{people.subjects:,}人，未参保{people.subjects_missing:,}人。")
    paid = "，".join(f"{Funding.Payer(payer).label}{yuan_shown(fen)}元" for payer, fen in found.premium_fen.items())
    print(f"保费：{paid or '没有'}。已赔{found.approved_claims:,}件，{yuan_shown(found.approved_fen)}元。")
    _print_absent("没报", (division.name for division in found.missing))
    _print_absent("报晚了", (f"{division.name}（截至{as_of:%m-%d %H:%M}）" for division, as_of in found.late))


def _print_absent(words: str, names: Iterable[str]) -> None:
    listed = list(names)
    if listed:
        print(f"{words}{len(listed)}个：{'、'.join(listed)}")


def _rows(found: Standing) -> Iterable[Sequence[Any]]:
    for line in found.lines:
        people = line.people
        counts = (people.population, people.target, people.insured, people.percent, people.subjects)
        yield line.code, line.name, *counts, people.subjects_missing, f"{line.as_of:%Y-%m-%d %H:%M}"


def _division(code: str) -> Division:
    found = Division.objects.filter(code=code).first()
    if found is None:
        raise InvalidInput(f"没有区划代码是 {code} 的区划。请先导入区划，或核对代码。", field="division")
    return found


def _only_district() -> Division:
    districts = list(Division.objects.filter(level=Division.Level.DISTRICT)[:2])
    if len(districts) != 1:
        raise InvalidInput("本系统不是正好一个区县，请用 --division 写明报哪个区划。", field="division")
    return districts[0]
