"""The check-up finds every point of domain 6 in the 2024 plan, with the figures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS, programme

from ankang.cli.main import main
from ankang.rules.checkup import Finding, check_up
from ankang.rules.programme import Band, Programme

PLAN = programme("2024-yandu")
FOUND = check_up(PLAN)


def one(code: str, findings: tuple[Finding, ...] = FOUND) -> Finding:
    (finding,) = [finding for finding in findings if finding.code == code]
    return finding


def with_bands(benefit_kind: str, *bands: Band) -> Programme:
    product = PLAN.product("A")
    benefits = tuple(replace(b, bands=bands) if b.kind == benefit_kind else b for b in product.benefits)
    return replace(PLAN, products=(replace(product, benefits=benefits), *PLAN.products[1:]))


def test_the_sums_are_right() -> None:
    assert one("column-sums").severity == "info"
    assert one("column-sums").figures == {"population": 16041, "target": 13634, "published": [16041, 13634]}


def test_eighteen_targets_are_half_up_and_two_rounded_down() -> None:
    figures = one("target-rounding").figures
    assert figures["half_up"] == 18
    assert [(row["population"], row["target"]) for row in figures["downward"]] == [(743, 631), (522, 443)]
    assert figures["other"] == []


def test_nine_villages_targets_are_below_their_own_line() -> None:
    villages = one("target-below-line").figures["villages"]
    assert [row["population"] for row in villages] == [525, 743, 522, 1065, 691, 786, 798, 992, 812]
    assert all(row["line"] == row["target"] + 1 for row in villages)


def test_all_targets_met_is_one_person_short() -> None:
    assert one("goal-out-of-reach").figures == {
        "published": 13634, "population": 16041, "needed": 13635, "needed_by_village": 13643, "short": 1,
    }  # fmt: skip
    assert "84.99%" in one("goal-out-of-reach").message


def test_the_dearer_product_pays_less_at_76_to_79() -> None:
    figures = one("dearer-pays-less").figures
    assert (figures["from_age"], figures["to_age"]) == (76, 79)
    assert figures["dearer"] == {"product": "A", "price_fen": 10000, "amount_fen": 200000}
    assert figures["cheaper"] == {"product": "B", "price_fen": 5000, "amount_fen": 500000}


def test_the_figure_that_is_the_year() -> None:
    assert one("figure-is-year").figures == {"figure_fen": 202400, "reading": "K03"}
    assert one("figure-is-year").clause == "附件2（1）第4行"


@pytest.mark.parametrize(
    "code",
    [
        *("missing-cover-period", "missing-government-product", "missing-day-cap", "missing-death-window"),
        *("missing-reward-formula", "missing-village-names"),
    ],
)
def test_what_is_missing(code: str) -> None:
    assert one(code).severity == "warning"


def test_typos_and_every_reading_are_told() -> None:
    assert len([finding for finding in FOUND if finding.code == "typo"]) == 3
    assert {finding.figures.get("reading") for finding in FOUND} >= {reading.id for reading in PLAN.readings}


def test_every_finding_says_where_and_what_to_do() -> None:
    assert all(finding.clause and finding.message and finding.fix for finding in FOUND)
    assert not [finding for finding in FOUND if finding.severity == "error"]


def test_a_wrong_total_is_an_error() -> None:
    wrong = one("column-sums", check_up(replace(PLAN, published_totals=(16042, 13634))))
    assert wrong.severity == "error"
    assert "16,042" in wrong.message


@pytest.mark.parametrize(
    ("bands", "code", "severity"),
    [
        ([Band(60, 69, 100), Band(71, None, 50)], "band-gap", "error"),
        ([Band(60, 70, 100), Band(70, None, 50)], "band-overlap", "error"),
        ([Band(60, 69, 100), Band(70, None, 150)], "band-rises", "warning"),
        ([Band(60, 69, 100), Band(70, None, 0)], "limit-missing", "warning"),
    ],
)
def test_bands(bands: list[Band], code: str, severity: str) -> None:
    finding = one(code, tuple(f for f in check_up(with_bands("life", *bands)) if f.clause == "附件2（1）第3行"))
    assert finding.severity == severity


def test_a_deductible_that_eats_the_limit() -> None:
    assert one("deductible-above-limit", check_up(with_bands("medical", Band(60, None, 20000)))).severity == "warning"


def test_the_command_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FOLDERS[0] / "2024-yandu"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["programme"] == "2024-yandu"
    assert len(document["findings"]) == len(FOUND)


def test_an_error_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("programme.toml", "targets.csv"):
        text = (FOLDERS[0] / "2024-yandu" / name).read_text()
        (tmp_path / name).write_text(text.replace("population = 16041", "population = 16040"))
    assert main(["check", str(tmp_path)]) == 1
    assert "【错误】" in capsys.readouterr().out
