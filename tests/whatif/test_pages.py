"""方案测算 by requests: what it costs, what it shows, the files, and what is refused."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import at, insured, settled
from tests.golden.cases import FOLDERS
from tests.programmes.draft_acts import copy
from tests.whatif.acts import asked, compared, nothing_changes

from ankang.accounts.models import Desk, User
from ankang.desks.components.whatif.tables import csv_of, parts_of
from ankang.installation.clock import wall_clock
from ankang.pricing.documents import report_of
from ankang.programmes.models import ProgrammeVersion
from ankang.whatif.actions import fail, note_progress, take_next
from ankang.whatif.models import WhatIf
from ankang.whatif.worker import work_once

pytestmark = pytest.mark.django_db
MENDED = (FOLDERS[0] / "2024-yandu-mended" / "programme.toml").read_bytes()


@pytest.fixture
def version() -> ProgrammeVersion:
    version = factories.version()
    settled(insured(("A", 1)), medical_expense_fen=600_000, fracture_expense_fen=600_000)
    return version


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def filled(client: Client, desk: str, **facts: Any) -> dict[str, Any]:
    page = client.get(f"/{desk}/what-if/").content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return {"key": found[1], "programme": "2024-yandu", "after": ""} | facts


@pytest.mark.parametrize("desk", [Desk.TOWN, Desk.INSURER])
def test_a_file_laid_over_a_year(version: ProgrammeVersion, client_of: Callable[[User], Client], desk: str) -> None:
    client = client_of(factories.user(desk))
    given = filled(client, desk, before=f"v{version.pk}", file=SimpleUploadedFile("programme.toml", MENDED))
    made = client.post(f"/{desk}/what-if/", given)
    run = WhatIf.objects.get()
    assert made["Location"] == f"/{desk}/what-if/{run.pk}/"
    assert "马上开始。" in text_of(client.get(made["Location"]))
    work_once()
    seen = text_of(client.get(made["Location"]))
    assert "改后少赔 24.00 元：0 人多得，1 人少得" in seen
    assert "5024.00 %" in seen
    assert "改后少赔 24.00 元" in text_of(client.get(f"/{desk}/what-if/"))
    book = CalamineWorkbook.from_filelike(_file(client, f"/{desk}/what-if/{run.pk}/export.xlsx"))
    assert book.sheet_names == ["险种", "责任", "年龄档", "村居"]
    last = book.get_sheet_by_name("村居").to_python()[-1]
    assert last == ["合计", 100, 100, 5024, 5000, -24, 5024, 5000, 0, 0, 1, 24]
    lines = client.get(f"/{desk}/what-if/{run.pk}/export.csv").content.decode("utf-8-sig").splitlines()
    assert lines[-1] == "合计,,100.00,100.00,5024.00,5000.00,-24.00,5024.00,5000.00,0,0.00,1,24.00"
    assert client.get(f"/{desk}/what-if/{run.pk}/export.pdf").status_code == 404


def _file(client: Client, path: str) -> Any:
    from io import BytesIO

    return BytesIO(client.get(path).content)


def test_a_draft_is_offered_to_its_office_only(version: ProgrammeVersion, client_of: Callable[[User], Client]) -> None:
    by = factories.user(Desk.TOWN)
    state = copy(by, version).revisions.get()
    town = client_of(by)
    insurer = client_of(factories.user(Desk.INSURER))
    given = filled(town, "town", before=f"v{version.pk}", after=f"r{state.pk}")
    with nothing_changes():
        refused = insurer.post(
            "/insurer/what-if/", filled(insurer, "insurer", before=f"v{version.pk}", after=f"r{state.pk}")
        )
        assert (refused.status_code, "没有这一版方案" in text_of(refused)) == (422, True)
    made = town.post("/town/what-if/", given)
    work_once()
    assert "两个方案赔得一样多" in text_of(town.get(made["Location"]))
    assert insurer.get(f"/insurer/what-if/{WhatIf.objects.get().pk}/").status_code == 404


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "请选改成哪一版，或者选一个方案文件"),
        ({"file": b"x ="}, "不是合格的 TOML 文件"),
        ({"file": b"x" * 1_000_001}, "文件太大了"),
        ({"programme": "1999", "file": MENDED}, "没有这一年的方案"),
        ({"before": "v0", "file": MENDED}, "没有这一版方案"),
    ],
)
def test_what_is_refused_says_why_and_keeps_nothing(
    version: ProgrammeVersion, client_of: Callable[[User], Client], facts: dict[str, Any], words: str
) -> None:
    client = client_of(factories.user(Desk.TOWN))
    if "file" in facts:
        facts = facts | {"file": SimpleUploadedFile("programme.toml", facts["file"])}
    with nothing_changes():
        refused = client.post("/town/what-if/", filled(client, "town", **{"before": f"v{version.pk}"} | facts))
    assert refused.status_code == 422
    assert words in text_of(refused)


def test_what_the_pages_cost(
    version: ProgrammeVersion, client_of: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    by = factories.user(Desk.TOWN)
    for _ in range(2):
        run = compared(by, version)
    client = client_of(by)
    client.get("/me/password/")
    with django_assert_num_queries(7):  # session, person, device, clock; versions, drafts, runs
        client.get("/town/what-if/")
    with django_assert_num_queries(5):
        client.get(f"/town/what-if/{run.pk}/")
    given = filled(client, "town", before=f"v{version.pk}", file=SimpleUploadedFile("programme.toml", MENDED))
    with django_assert_num_queries(12):
        made = client.post("/town/what-if/", given)
    with django_assert_num_queries(6):  # and those before it
        client.get(made["Location"])


def test_a_district_of_many_villages_is_drawn_by_what_differs_most(version: ProgrammeVersion) -> None:
    report = report_of(compared(factories.user(Desk.TOWN), version).result)
    (row,) = report.tables["village"]
    rows = [replace(row, name=f"{at}村", paid_after_fen=row.paid_before_fen + at) for at in range(31)]
    part = parts_of(replace(report, tables=report.tables | {"village": rows}))[-1]
    assert part.chart["names"] == [f"{at}村" for at in range(1, 31)]
    assert (len(part.lines), part.note) == (31, "图里只画相差最多的 30 个，表里有全部")


def test_a_name_is_no_formula_in_the_csv(version: ProgrammeVersion) -> None:
    report = report_of(compared(factories.user(Desk.TOWN), version).result)
    (row,) = report.tables["village"]
    named = replace(row, name="=1+1", paid_after_fen=row.paid_before_fen - 100)
    lines = csv_of(replace(report, tables=report.tables | {"village": [named]})).decode("utf-8-sig").splitlines()
    (line,) = (cells for cells in csv.reader(lines) if cells[0] == "村居")
    assert (line[1], line[6]) == ("'=1+1", "-1.00")


def test_how_far_it_is(version: ProgrammeVersion, client_of: Callable[[User], Client]) -> None:
    by = factories.user(Desk.TOWN)
    first, second = asked(by, version), asked(by, version)
    client = client_of(by)
    waiting = client.get(f"/town/what-if/{second.pk}/").content.decode()
    assert "前面还有 1 个" in waiting
    assert 'hx-trigger="every 5s"' in waiting
    assert client.get(f"/town/what-if/{second.pk}/export.csv").status_code == 404
    begun = take_next(wall=wall_clock(), now=at())
    assert begun == first
    note_progress(job=begun, done=1, whole=3, wall=wall_clock())
    assert "正在算：33%" in text_of(client.get("/town/what-if/"))
    assert "3 条参保，算完 1 条" in text_of(client.get(f"/town/what-if/{first.pk}/"))
    WhatIf.objects.update(beat_at=wall_clock() - timedelta(minutes=2))
    for job in (first, second):
        silent = client.get(f"/town/what-if/{job.pk}/")
        assert "后台可能没有在运行" in text_of(silent)
        assert "hx-trigger" not in silent.content.decode()  # it would keep the session open
    fail(job=begun, why="没有东西可比。请换一年。", code="no_history", now=at())
    failed = client.get(f"/town/what-if/{first.pk}/")
    assert "没有东西可比。请换一年。" in text_of(failed)
    assert "hx-trigger" not in failed.content.decode()
    work_once()
    assert client.get(f"/town/what-if/{second.pk}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
