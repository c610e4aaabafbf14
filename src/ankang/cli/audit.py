"""`ankang audit`: seal the record of what was done, and find out whether somebody changed it."""

import argparse
import json
from dataclasses import asdict

from ankang.audit.sealing import seal_entries
from ankang.audit.verify import verify
from ankang.installation.clock import wall_clock

SUSPECT = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("audit", help="封存操作记录，核对有没有被改过")
    steps = parser.add_subparsers(dest="step", required=True, metavar="做什么")
    steps.add_parser("seal", help="封存还没封存的操作记录（建议每5分钟定时执行一次）")
    checking = steps.add_parser("verify", help="核对封存过的操作记录；发现改动时退出码为1")
    checking.add_argument("--head", default="", help="以前抄下的最后一次封存的摘要，核对它还在不在")
    checking.add_argument("--json", action="store_true", help="用 JSON 输出")


def run(args: argparse.Namespace) -> int:
    return _seal() if args.step == "seal" else _verify(args)


def _seal() -> int:
    seals = seal_entries(now=wall_clock())
    rows = sum(len(seal.contents) for seal in seals)
    print(f"封存了{rows}条操作记录，{len(seals)}次。")
    if seals:
        print(f"最后一次是第{seals[-1].number}次，摘要 {seals[-1].digest}")
        print("请把摘要抄到别处（例如值班本），以后用 ankang audit verify --head 摘要 核对。")
    return 0


def _verify(args: argparse.Namespace) -> int:
    found = verify(head=args.head)
    if args.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        for finding in found.findings:
            print(f"✗ {finding.message}")
        word = f"发现{len(found.findings)}处改动" if found.findings else "没有发现改动"
        print(f"核对了{found.sealed}条封存的操作记录：{word}。还有{found.unsealed}条没有封存。")
    return SUSPECT if found.findings else 0
