"""An import whose process is killed: whole parts stay, the page and the command tell where, and it goes on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from tests import factories
from tests.killed import run_killed
from tests.roster.messy import clear, messy, refused, roster, written

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.installation.models import Installation
from ankang.roster.models import ImportRun, Resident

pytestmark = pytest.mark.django_db(transaction=True)

STORING, POURING = "ankang.roster.imports.storing", "ankang.roster.imports.pouring"
POINTS = [  # (point, its turn, parts that are in)
    (f"{POURING}.merge", 1, 0),
    (f"{STORING}.initials", 2, 0),  # in the middle of writing rows, on PostgreSQL ahead of it
    ("before_commit", 1, 0),
    ("after_commit", 1, 1),
    (f"{STORING}._join_newcomers", 2, 1),  # the rows of the second part are written, their lists are not
    (f"{STORING}.record", 2, 1),
    ("before_commit", 3, 2),
    (f"{POURING}._finish", 1, 3),
    ("before_commit", 4, 3),
]
ADDED = {0: 0, 1: 2, 2: 4, 3: 6}


@pytest.fixture
def town(transactional_db: None) -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    return factories.user(Desk.TOWN)


def words(town: User, path: Path) -> list[str]:
    return ["import", str(path), "--division", town.division_id, "--as", town.username]


@pytest.mark.parametrize("kill", POINTS, ids=str)
def test_killed_anywhere_it_goes_on_to_the_same_rows(
    kill: tuple[str, int, int], town: User, tmp_path: Path, client_of: Callable[[User], Client]
) -> None:
    point, turn, parts = kill
    path = written(tmp_path, messy())
    assert main(words(town, path)) == 3  # rows were refused
    expected = roster(), refused()
    clear()
    AuditEntry.objects.filter()._raw_delete("default")
    run_killed(point, turn, *words(town, path))
    assert Resident.objects.count() == ADDED[parts]
    assert AuditEntry.objects.filter(action="roster.import_part").count() == parts
    run = ImportRun.objects.first()
    assert (run.reached if run else 1, run.is_stopped if run else True) == (1 + 3 * parts, True)
    if run:
        client = client_of(town)
        assert f"停在第 {run.reached} 行，没导完" in client.get("/town/import/").content.decode()
        page = client.get(f"/town/import/{run.pk}/").content.decode()
        assert f"没有导完：写到第 {run.reached} 行，文件共 10 行" in page
        assert "ankang import" in page
    assert main(words(town, path)) == 3
    assert (roster(), refused()) == expected
    done = ImportRun.objects.get()
    assert (done.row_count, done.added, done.rejected, done.is_stopped) == (9, 6, 3, False)


def test_the_command_tells_what_it_does(town: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, messy())
    run_killed("after_commit", 2, *words(town, path))
    assert main(words(town, path)) == 3
    told = capsys.readouterr()
    assert "上次导到第7行停了，接着导" in told.err
    assert "已写到第10行，共10行（100%）：新增6" in told.err
    assert "导入完成：9行，新增6人" in told.out
    assert main(words(town, path)) == 2
    assert "已经导入过" in capsys.readouterr().err
    assert main([*words(town, path), "--again"]) == 3
    assert (ImportRun.objects.count(), Resident.objects.count()) == (2, 6)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"--as": "nobody"}, "没有登录名是 nobody"),
        ({"--division": "999999999999"}, "没有区划代码是 999999999999"),
        ({"--division": "320903000000"}, "不在您的管辖范围内"),
    ],
)
def test_a_mistaken_command_writes_nothing(
    change: dict[str, str], told: str, town: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = words(town, written(tmp_path, messy()))
    for option, value in change.items():
        asked[asked.index(option) + 1] = value
    assert main(asked) == 2
    assert told in capsys.readouterr().err
    assert ImportRun.objects.count() == 0


def test_another_desk_and_another_kind_of_list_are_refused(
    town: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    insurer = factories.user(Desk.INSURER)
    asked = words(town, written(tmp_path, messy()))
    assert main([*asked[:-1], insurer.username]) == 2
    assert "岗位不办这件事" in capsys.readouterr().err
    deaths = written(tmp_path, messy().replace("类别".encode(), "死亡日期".encode()), "死亡.csv")
    assert main(words(town, deaths)) == 2
    assert "像是死亡名单，不是户籍名册" in capsys.readouterr().err
    assert ImportRun.objects.count() == 0
