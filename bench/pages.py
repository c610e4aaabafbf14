"""What pages weigh and how soon an old telephone shows them: the sample town, a processor six times slower, 400 kbit/s.

    bench/pages.py [--write] [--only TEXT]

Each page twice in Chromium, 390 x 740: as a first visit (nothing in the browser's store) and as a later one. Bytes are
those of the wire, heads included. The processor's brake is Chromium's own and knows no slower memory: a real telephone
may take longer. `--write` makes docs/pages.md.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright  # noqa: E402
from tests.browser.sample_town import SampleTown, served  # noqa: E402

from timing import machine, progress  # noqa: E402

SLOWER, BITS, LATENCY_MS, ROUNDS = 6, 400_000, 150, 3
SIZE = {"width": 390, "height": 740}
PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (("我参保了吗", "/"), ("报案", "/report/"), ("查进度", "/follow/"), ("登录", "/login/")),
    "village": (
        ("参保登记", "/village/"),
        ("待办", "/village/todo/"),
        ("本村名册", "/village/roster/"),
        ("多人登记", "/village/enrol/many/"),
        ("收费", "/village/collect/"),
        ("本村进度", "/village/board/"),
        ("凭证", "/village/certificates/"),
        ("离线登记", "/village/offline/"),
    ),
    "window": (("一站式结算", "/window/"), ("今日单据", "/window/day/")),
    "funeral": (("身故直付", "/funeral/"), ("今日单据", "/funeral/day/")),
    "insurer": (("我的待办", "/insurer/"), ("理赔审核", "/insurer/claims/")),
    "town": (
        ("指挥台", "/town/"),
        ("老年人名册", "/town/roster/"),
        ("编一批政府购买", "/town/subjects/batches/new/"),
        ("编一批投保", "/town/applications/new/"),
        ("录入考核办法", "/town/assessment/scheme/form/?from=example"),
    ),
}
DESKS = {
    "": "公众",
    "village": "村居",
    "window": "卫生院窗口",
    "funeral": "殡仪馆",
    "insurer": "中国人寿",
    "town": "镇",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Bytes over the wire, and seconds to the first paint and to the end of loading."""

    size: int
    paint: float
    loaded: float


class Meter:
    """Counts what one page's browser brings."""

    def __init__(self, page: Page) -> None:
        self.page, self.size = page, 0
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.wire.send("Network.enable")
        self.wire.on("Network.loadingFinished", self._count)
        brake = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8}
        self.wire.send("Network.emulateNetworkConditions", brake)
        self.wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def _count(self, event: dict[str, float]) -> None:
        self.size += int(event["encodedDataLength"])

    def visit(self, address: str, *, first: bool) -> Visit:
        if first:
            self.wire.send("Network.clearBrowserCache")
        self.page.goto("about:blank")
        self.size = 0
        answer = self.page.goto(address, wait_until="load", timeout=60_000)
        assert answer is not None, address
        assert answer.ok, f"{address} answers {answer.status}"
        self.page.wait_for_timeout(300)
        paint = self.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        loaded = self.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        return Visit(self.size, paint / 1000, loaded / 1000)

    def median(self, address: str, *, first: bool) -> Visit:
        seen = [self.visit(address, first=first) for _ in range(ROUNDS)]
        sizes, paints, loads = zip(*((one.size, one.paint, one.loaded) for one in seen), strict=True)
        return Visit(int(statistics.median(sizes)), statistics.median(paints), statistics.median(loads))


def measure(browser: Browser, town: SampleTown, only: str) -> Iterator[tuple[str, str, Visit, Visit]]:
    for desk, pages in PAGES.items():
        # A service worker would answer for the server: these figures are of the wire.
        context = browser.new_context(viewport=SIZE, service_workers="block")  # type: ignore[arg-type]
        page = context.new_page()
        if desk:
            town.log_in(page, desk)
        meter = Meter(page)
        for name, address in pages:
            if only in address:
                progress(f"{DESKS[desk]} {name}")
                full = town.url + address
                yield DESKS[desk], name, meter.median(full, first=True), meter.median(full, first=False)
        context.close()


def table(rows: list[tuple[str, str, Visit, Visit]]) -> str:
    lines = [
        "# What pages weigh",
        "",
        f"Made by `bench/pages.py --write`: {machine()}. The sample town in Chromium at 390 px, a processor",
        f"{SLOWER} times slower, {BITS // 1000} kbit/s, {LATENCY_MS} ms on the way; medians of {ROUNDS}.",
        "Bytes as on the wire, compressed; seconds to the first paint. First: nothing was kept of an earlier page;",
        "later: style sheets and scripts were. All there: a later visit with its scripts run.",
        "",
        "| desk | page | first, kB | seconds | later, kB | seconds | all there |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for desk, name, cold, warm in rows:
        figures = (cold.size / 1000, cold.paint, warm.size / 1000, warm.paint, warm.loaded)
        lines.append(f"| {desk} | {name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/pages.md")
    parser.add_argument("--only", default="", help="addresses that hold this text")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ankang-bench-") as folder, sync_playwright() as playwright:
        shared = Path(folder)
        with served(shared, shared / "town") as town:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
            text = table(list(measure(browser, town, args.only)))
            browser.close()
    print(text)
    if args.write:
        (ROOT / "docs" / "pages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
