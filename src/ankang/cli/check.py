"""`ankang check`: the check-up of a programme folder. Exit 1 if a finding is an error, 0 with warnings only."""

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from ankang.rules.canonical import digest_of
from ankang.rules.checkup import check_up
from ankang.rules.findings import Finding
from ankang.rules.load import load_programme
from ankang.rules.programme import Programme
from ankang.rules.tables import ProgrammeFileError

_WORDS = {"error": "错误", "warning": "要处理", "info": "说明"}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("check", help="检查一份方案，列出矛盾、缺漏和可疑的数")
    parser.add_argument("folder", type=Path, metavar="PROGRAMME_FOLDER", help="方案文件夹，如 programmes/2024-yandu")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    programme: Programme | None = None
    try:
        programme = load_programme(args.folder)
        findings = check_up(programme)
    except ProgrammeFileError as error:
        where = f"{error.fields['file']} {error.fields['key']}".strip()
        findings = (Finding("file", "error", where, error.message, str(error.fields["fix"]), dict(error.fields)),)
    (_print_json if args.json else _print_text)(programme, findings)
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def _print_json(programme: Programme | None, findings: tuple[Finding, ...]) -> None:
    document = {
        "programme": programme.id if programme else None,
        "digest": digest_of(programme) if programme else None,
        "findings": [asdict(finding) for finding in findings],
    }
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    print()


def _print_text(programme: Programme | None, findings: tuple[Finding, ...]) -> None:
    if programme:
        print(f"{programme.name}（{programme.id}），规范文本 {digest_of(programme)[:12]}")
    for finding in findings:
        print(f"\n【{_WORDS[finding.severity]}】{finding.clause}  {finding.code}")
        print(f"  {finding.message}")
        if finding.severity != "info":
            print(f"  怎么办：{finding.fix}")
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    print("\n" + "，".join(f"{word} {counts[severity]} 条" for severity, word in _WORDS.items()) + "。")
