"""The `ankang` command: one module a sub-command, imported only when it is called."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ankang.cli import main as command_line
from ankang.cli.files import replacing
from ankang.rules.errors import InvalidInput


def _install(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    module = ModuleType("ankang.cli.probe")
    module.add_parser = lambda subparsers: subparsers.add_parser("probe")  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ankang.cli.probe", module)
    probe = command_line.Command("probe", "试", needs_django=False)
    monkeypatch.setattr(command_line, "COMMANDS", (probe,))


def test_the_exit_code_is_the_commands_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, lambda _args: 3)
    assert command_line.main(["probe"]) == 3


def test_a_mistake_is_told_in_chinese_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_args: object) -> int:
        raise InvalidInput("第3行的金额不对，请改成元。")

    _install(monkeypatch, refuse)
    assert command_line.main(["probe"]) == 2
    told = capsys.readouterr()
    assert told.err == "第3行的金额不对，请改成元。\n"
    assert told.out == ""


def test_a_command_that_is_told_to_stop_puts_away_and_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write_half(_args: object) -> int:
        with replacing([tmp_path / "out.csv"]) as (file,):
            file.write("half")
            os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError

    _install(monkeypatch, write_half)
    before = signal.getsignal(signal.SIGTERM)
    assert command_line.main(["probe"]) == 143
    assert signal.getsignal(signal.SIGTERM) is before
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_commands_starts_without_django() -> None:
    program = "import sys; from ankang.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    program += "sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for command in command_line.COMMANDS:
        assert command.name in done.stdout


@pytest.mark.parametrize("command", command_line.COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_list_is_there_and_explains_itself(
    command: command_line.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main([command.name, "--help"])
    assert left.value.code == 0
    assert f"ankang {command.name}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [each for each in command_line.COMMANDS if not each.needs_django])
def test_the_commands_of_the_rules_start_without_django(command: command_line.Command) -> None:
    program = f"import sys; from ankang.cli.main import main\ntry: main(['{command.name}', '--help'])\n"
    program += "except SystemExit: pass\nsys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


MISTYPED = {
    "nothing": ([], "命令写得不对：缺 命令。"),
    "a missing option": (["adjudicate", "--covers", "c.csv"], "缺 --programme, --events, --payouts。"),
    "an unknown option": (["check", "folder", "--jsno"], "不认识 --jsno。"),
    "an option without its value": (["adjudicate", "--covers"], "--covers: 后面要跟一个值。"),
}


@pytest.mark.parametrize("mistake", MISTYPED)
def test_a_mistyped_command_is_told_in_chinese(mistake: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, told = MISTYPED[mistake]
    with pytest.raises(SystemExit) as left:
        command_line.main(words)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("用法：")
    assert told in said
    assert "--help 看写法" in said
