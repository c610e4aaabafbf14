"""Government's share, a payment by telephone at a gateway in a process of its own, and the remittance, in Chromium."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.browser.ports import free_port
from tests.enrolment.acts import NOW, TODAY, enrol
from tests.treasury import acts
from tests.treasury.acts import by_government, insured, paid

from ankang.enrolment.models import Funding
from ankang.installation.models import Installation
from ankang.money.actions import open_order
from ankang.money.models import Receipt
from ankang.treasury.models import Reconciliation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gateway_process(live_server: LiveServer, tmp_path: Path, settings: object) -> Iterator[None]:
    """The local gateway as `ankang gateway` serves it, which tells this test's server of payments."""
    file, port = tmp_path / "gateway.toml", free_port()
    environment = os.environ | {"DATA": str(tmp_path), "ANKANG_GATEWAY_FILE": str(file)}
    words = ["gateway", "--port", str(port), "--notify", f"{live_server.url}/pay/notify/"]
    command = [sys.executable, "-m", "ankang.cli.main", *words]
    environment["DJANGO_SETTINGS_MODULE"] = "ankang.config.settings"
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert "演示支付平台在" in process.stdout.readline()
            settings.GATEWAY_FILE = file  # type: ignore[attr-defined]
            yield
        finally:
            process.terminate()


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page, 390)


def test_from_governments_promise_to_the_insurer(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    version = factories.version()
    for serial in (1, 1, 2, 3):
        by_government(version, serial)
    paid(insured(version), insured(version, units=2))
    first, second = factories.user("town"), factories.user("town")
    log_in(page, first)
    page.goto("/town/treasury/")
    fit_for_everybody(page)
    page.get_by_role("link", name="编申请").click()
    page.get_by_role("button", name="提交 200.00 元，请同事复核").click()
    expect(page.get_by_text("这份申请是您编的")).to_be_visible()
    log_in(page, second)
    page.reload()
    fit_for_everybody(page)
    page.get_by_role("button", name="同意，报财政").click()
    page.get_by_label("财政答复的文号").fill("盐财社〔2024〕9号")
    page.get_by_role("button", name="财政答应了").press("Enter")
    expect(page.get_by_role("heading", name="还欠 200.00 元")).to_be_visible()
    page.get_by_label("银行流水号").fill("20240304000123")
    page.get_by_role("button", name="记政府资金到账").click()
    expect(page.get_by_role("heading", name="政府出资 200.00 元已到账")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "government-request")
    page.goto("/town/treasury/remittances/new/")
    fit_for_everybody(page)
    page.get_by_role("button", name="提交 350.00 元，请同事复核").click()
    log_in(page, first)
    page.reload()
    page.get_by_role("button", name="同意汇缴").click()
    expect(page.get_by_text("比要汇的少 150.00 元")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "remittance")
    acts.banked()
    page.get_by_label("银行流水号").fill("HK20240304001")
    page.get_by_role("button", name="记已汇出").click()
    expect(page.get_by_role("heading", name="350.00 元已汇给保险公司")).to_be_visible()


def test_donations_refunds_and_reconciliation_are_fit_for_everybody(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 10))
    version = factories.version()
    gift = acts.agreed(version, 20_000)
    acts.given_money(gift, 15_000)
    helped, _ = (insured(version, acts.person(serial), payer="donor") for serial in (1, 2))
    acts.used(gift, helped)
    gone, proposed = insured(version, fundings=[("self", 3_000), ("child", 2_000)]), insured(version)
    paid(gone)
    paid(proposed)
    for one in (gone, proposed):
        acts.given_up(one)
    acts.proposed(proposed)
    log_in(page, factories.user("town"))
    page.goto("/town/treasury/reconciliations/")
    content = "姓名,证件号码,保费\n张大年,320900195001011234,50\n李长寿,320900195001015678,50\n".encode()
    page.get_by_label("对方给的文件").set_input_files(
        {"name": "承保清单.csv", "mimeType": "text/csv", "buffer": content}
    )
    fit_for_everybody(page)
    page.get_by_role("button", name="对账").click()
    expect(page.get_by_role("heading", name="有 2 处不一样还没解释")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "reconciliation")
    assert Reconciliation.objects.count() == 1
    pages = ("/town/donations/", "/town/donations/new/", f"/town/donations/{gift.pk}/", "/town/treasury/refunds/")
    for address in (*pages, *(f"/town/treasury/refunds/enrolments/{one.pk}/" for one in (gone, proposed))):
        page.goto(address)
        fit_for_everybody(page)


def test_paid_by_telephone_the_page_changes_by_itself(phone_page: Page, gateway_process: None) -> None:
    page = phone_page
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    version, by = factories.version(), factories.user("village")
    enrolment = enrol(by, factories.resident(), version)
    order = open_order(
        by=by, village=enrolment.village, programme=version.programme, kind="household", payer_name="王秀兰",
        fundings=[Funding.objects.get(holding__enrolment=enrolment).pk], key=acts.key(), today=TODAY, now=NOW,
    )  # fmt: skip
    log_in(page, by)
    page.goto(f"/village/charges/{order.pk}/")
    page.get_by_role("button", name="出 50.00 元的二维码").click()
    expect(page.get_by_role("img", name="付款二维码")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "charge")
    payer = page.context.new_page()
    payer.goto(str(page.get_by_role("link", name="演示：当作手机打开付款页").get_attribute("href")))
    payer.get_by_role("button", name="付款").click()
    expect(payer.get_by_text("已付款")).to_be_visible()
    expect(page.get_by_role("heading", name="王秀兰已付 50.00 元")).to_be_visible(timeout=15_000)
    expect(page.get_by_text(Receipt.objects.get().number)).to_be_visible()
    fit_for_everybody(page)
