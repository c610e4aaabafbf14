"""`ankang account`: a real installation gets its areas and its first manager."""

from pathlib import Path

import pytest
from django.test import Client

from ankang.accounts.models import Invitation, User
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.divisions.models import Division

pytestmark = pytest.mark.django_db

AREAS = """区划代码,名称
320903101000,甲镇
320903101202,乙村
320903000000,盐都区
320903101201,丙村
"""
CREATE = ["account", "create", "--username", "zhou.min", "--name", "周敏", "--division", "320903101000"]


def bring_in(tmp_path: Path, text: str = AREAS) -> int:
    path = tmp_path / "areas.csv"
    path.write_text("\ufeff" + text, encoding="utf-8")
    return main(["account", "divisions", str(path)])


def test_areas_find_their_level_and_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring_in(tmp_path) == 0
    assert capsys.readouterr().out == "读了4个区划：新增4个，改名0个。\n"
    assert list(Division.objects.values_list("code", "name", "level", "parent", "serial")) == [
        ("320903000000", "盐都区", "district", None, 0),
        ("320903101000", "甲镇", "town", "320903000000", 0),
        ("320903101201", "丙村", "village", "320903101000", 1),
        ("320903101202", "乙村", "village", "320903101000", 2),
    ]
    assert bring_in(tmp_path, AREAS.replace("乙村", "丁村")) == 0
    assert capsys.readouterr().out == "读了4个区划：新增0个，改名1个。\n"
    assert Division.objects.get(code="320903101202").name == "丁村"


@pytest.mark.parametrize("line", ["32090310120,乙村", "320903101202,", "020903101202,乙村", "3209031O1202,乙村"])
def test_a_wrong_line_is_named_and_nothing_comes_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert bring_in(tmp_path, f"区划代码,名称\n320903101000,甲镇\n{line}\n") == 2
    assert "areas.csv 第3行" in capsys.readouterr().err
    assert Division.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_the_first_manager_gets_a_link_that_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in(tmp_path)
    assert main([*CREATE, "--desk", "town", "--base", "https://ankang.example.cn/"]) == 0
    link = capsys.readouterr().out.splitlines()[-1]
    assert link.startswith("https://ankang.example.cn/welcome/")
    user = User.objects.get()
    assert (user.username, user.desk, user.is_manager, user.division_id) == ("zhou.min", "town", True, "320903101000")
    assert Invitation.objects.get().created_by is None
    assert "周敏，请设一个密码" in Client().get(link.removeprefix("https://ankang.example.cn")).text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*CREATE[:-1], "320903109000", "--desk", "town"], "没有区划代码是 320903109000"),
        ([*CREATE, "--desk", "village"], "请选一个村（居）"),
    ],
)
def test_an_account_that_cannot_be_opened_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    bring_in(tmp_path)
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert User.objects.count() == 0
