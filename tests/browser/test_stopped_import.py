"""A large import that stopped half-way: the page says where, how to go on, and takes it back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in
from tests.roster.messy import messy, written

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.imports import pouring
from ankang.roster.imports.tables import open_table
from ankang.roster.models import ImportRun, Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_a_stopped_import_is_seen_and_taken_back(
    width: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    by = factories.user(Desk.TOWN)
    factories.staged_import(by.division)
    monkeypatch.setattr(pouring, "PART", 3)

    def stop(_run: ImportRun) -> None:
        raise KeyboardInterrupt

    table = open_table(written(tmp_path, messy()))
    with pytest.raises(KeyboardInterrupt):
        pouring.pour(by=by, division=by.division, table=table, now=datetime(2024, 3, 4, 2, tzinfo=UTC), told=stop)
    page: Page = request.getfixturevalue(width)
    log_in(page, by)
    page.goto("/town/import/")
    expect(page.get_by_text("接着核对：户籍名册 名册.csv")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.screenshot(path=tmp_path / "imports.png", full_page=True)
    page.goto(f"/town/import/{ImportRun.objects.get().pk}/")
    expect(page.get_by_role("heading", name="没有导完：写到第 4 行，文件共 10 行")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.screenshot(path=tmp_path / "run.png", full_page=True)
    page.get_by_text("导错了，撤回这次导入").click()
    page.get_by_role("button", name="撤回这次导入").click()
    expect(page.get_by_role("heading", name="这次导入已经撤回")).to_be_visible()
    assert Resident.objects.count() == 0
