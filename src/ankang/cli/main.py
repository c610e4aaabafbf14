"""`ankang`: the command of the field office and of the machine.

Each sub-command is a module `ankang.cli.<name>` with `add_parser(subparsers)` and `run(args) -> int`. Only the module
that is called is imported, and Django starts only for the commands that need it: the rules answer at once.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from ankang.rules.errors import AnkangError

# argparse's own words, as it puts them, and ours
_WORDS = (
    ("the following arguments are required:", "缺"),
    ("unrecognized arguments:", "不认识"),
    ("invalid choice: ", "没有这个选项："),
    ("(choose from ", "(可选 "),
    ("expected one argument", "后面要跟一个值"),
    ("invalid int value: ", "要写整数，写的是 "),
    ("not allowed with argument", "不能同时写"),
    ("ambiguous option: ", "说不清是哪个："),
    ("could match", "可能是"),
    ("argument ", ""),
)

EXIT_MISTAKE = 2  # the same code as argparse's own: what was asked cannot be done as it stands


@dataclass(frozen=True, slots=True)
class Command:
    name: str  # also the module's name, unless that is a word of Python's own
    purpose: str
    needs_django: bool
    module: str = ""


COMMANDS = (
    Command("check", "检查一份方案，列出矛盾、缺漏和可疑的数", needs_django=False),
    Command("adjudicate", "按方案理算一批事故", needs_django=False),
    Command("whatif", "换一个方案，同样的参保和事故会赔多少", needs_django=False),
    Command("simulate", "没有历史数据时，模拟很多年，估一个方案要赔多少", needs_django=False),
    Command("work", "在后台算排队的方案测算，一次一个", needs_django=True),
    Command("demo", "建一个示例镇，每个岗位一个账号", needs_django=True),
    Command("account", "建第一个管账号的人", needs_django=True),
    Command("audit", "封存操作记录，核对有没有被改过", needs_django=True),
    Command("rollup", "汇总包：向上级报汇总数，收下级的汇总数", needs_django=True),
    Command("import", "导入大名册，分批写入，停了可以接着导", needs_django=True, module="importing"),
    Command("purchase", "接着登记停在半路的政府购买批次", needs_django=True),
    Command("gateway", "开一个演示用的支付平台", needs_django=True),
    Command("claims", "导出已结案的赔案，供重算核对", needs_django=True),
    Command("keys", "更换加密密钥", needs_django=True),
)


class _Help(argparse.HelpFormatter):
    """Keeps the lines of an epilog, and names and meanings side by side."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in text.splitlines())


class Stopped(KeyboardInterrupt):
    """The system asks the process to end (SIGTERM)."""


class Parser(argparse.ArgumentParser):
    """argparse, speaking Chinese."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Help} | settings, add_help=False)
        self._positionals.title, self._optionals.title = "内容", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这些说明")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "用法：", 1)

    def error(self, message: str) -> NoReturn:
        for theirs, ours in _WORDS:
            message = message.replace(theirs, ours)
        self.print_usage(sys.stderr)
        self.exit(EXIT_MISTAKE, f"命令写得不对：{message}。用 {self.prog} --help 看写法。\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command and return its exit code: 2, with a Chinese line on stderr, for an `AnkangError`."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with _stoppable():
            args = _parser(words).parse_args(words)
            return int(args.run(args))
    except AnkangError as error:
        print(error.message, file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt as stop:  # whatever was half written is taken away on the way here
        print("停下了。", file=sys.stderr)
        return 143 if isinstance(stop, Stopped) else 130
    except BrokenPipeError:  # `ankang check … | head` closed the pipe: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, with everything put away."""

    def stop(*_: object) -> NoReturn:
        raise Stopped

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser, complete for the command that is called and one line for each other."""
    parser: argparse.ArgumentParser = Parser(prog="ankang", description="安康关爱行动")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="命令")
    called = next((word for word in words if not word.startswith("-")), "")
    for command in COMMANDS:
        if command.name == called:
            _add_called(command, subparsers)
        else:
            subparsers.add_parser(command.name, help=command.purpose)
    return parser


def _add_called(command: Command, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    if command.needs_django:
        _start_django()
    module = import_module(f"ankang.cli.{command.module or command.name}")
    module.add_parser(subparsers)
    subparsers.choices[command.name].set_defaults(run=module.run)


def _start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ankang.config.settings")
    import django  # noqa: PLC0415 - only the commands that need it pay for it

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
