"""`ankang keys`: change the key of sensitive fields."""

import argparse
import sys

from django.db import transaction

from ankang.audit.record import record
from ankang.claims.paper_store import reseal_papers
from ankang.privacy.keys import add_version, keyring
from ankang.privacy.reseal import reseal


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("keys", help="更换加密密钥")
    steps = parser.add_subparsers(dest="step", required=True, metavar="做什么")
    steps.add_parser("rotate", help="加一个新密钥，并用它重新加密身份证号、电话等")
    steps.add_parser("reseal", help="接着上次没做完的重新加密")


def run(args: argparse.Namespace) -> int:
    if args.step == "rotate":
        with transaction.atomic():
            version = add_version()
            record(by=None, action="keys.rotate", version=version)
        print(f"新密钥是第{version}版。旧密钥仍留在密钥文件里：备份里的旧数据要靠它打开。请马上备份密钥文件。")
    return _reseal()


def _reseal() -> int:
    """Reseal everything, telling how far it is; stopping is harmless."""
    done: dict[str, int] = {}
    for step in reseal():
        done[step.column] = step.resealed
        print(f"\r{step.column} 看过{step.seen}条，重新加密{step.resealed}条", end="", file=sys.stderr)
    done["papers"] = reseal_papers(lambda seen: print(f"\r理赔材料看过{seen}份", end="", file=sys.stderr))
    if done:
        print(file=sys.stderr)
    with transaction.atomic():
        record(by=None, action="keys.reseal", version=keyring().current, values=sum(done.values()))
    print(f"重新加密了{sum(done.values())}个值，现在全部是第{keyring().current}版密钥。")
    return 0
