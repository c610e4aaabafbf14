"""A programme file as a form: what is shown is what was typed, put back it is the same file, a bad value stays."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.dump import targets_text, to_tables, toml_text
from ankang.rules.file_edit import put, value_of, with_product, with_reading
from ankang.rules.file_fields import Field, Kind
from ankang.rules.file_form import check, entries, node_of, place_words, section_of, sections
from ankang.rules.file_shape import require_shape
from ankang.rules.file_targets import put_targets, target_lines, target_place
from ankang.rules.load import load_programme, read_tables
from ankang.rules.tables import ProgrammeFileError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted([ROOT / "programmes" / "2024-yandu", *(ROOT / "tests" / "data" / "programmes").iterdir()])
FILE = read_tables((ROOT / "programmes" / "2024-yandu" / "programme.toml").read_bytes())
TARGETS = (ROOT / "programmes" / "2024-yandu" / "targets.csv").read_text()


def shown(tables: dict, section: str) -> dict[str, str]:
    """Return what a browser would send back of a section that nobody touched."""
    return {entry.name: entry.text for entry in node_of(tables, section).walk()}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_form_that_nobody_touched_gives_the_same_file(folder: Path) -> None:
    tables = read_tables((folder / "programme.toml").read_bytes())
    plan = load_programme(folder)
    for section, _ in sections(tables):
        if section != "targets":
            again = put(tables, section, shown(tables, section))
            assert check(again, targets_text(plan.targets)).plan == plan, section


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_programme_has_a_problem_or_an_unknown_place(folder: Path) -> None:
    tables = read_tables((folder / "programme.toml").read_bytes())
    require_shape(tables)
    checked = check(tables, targets_text(load_programme(folder).targets))
    assert checked.plan
    places = {entry.place for entry in entries(tables)}
    for finding in checked.findings:
        within = [place for place in places if place.startswith(finding.where)]
        assert finding.where in ("targets", "totals") or within, finding
        assert section_of(tables, finding.where) in dict(sections(tables))


@pytest.mark.parametrize("text", ["abc", "12.345", "-5", "2024-13-01", "１２", "1e5"])
def test_a_bad_value_stays_as_it_was_typed_with_its_error(text: str) -> None:
    changed = put(FILE, "products-1", shown(FILE, "products-1") | {"products.0.price": text})
    entry = next(entry for entry in entries(changed) if entry.name == "products.0.price")
    assert entry.text == text
    assert "写成元，最多两位小数" in entry.problem
    again = read_tables(toml_text(changed).encode())  # stored as a file
    assert again == changed
    checked = check(again, TARGETS)
    assert checked.plan is None
    assert [problem.place for problem in checked.problems] == ["products[A].price"]


def test_every_bad_value_is_told_at_once() -> None:
    given_ = {"window.from": "明年", "goals.coverage_percent": "八五", "units.clause": ""}
    checked = check(put(FILE, "general", shown(FILE, "general") | given_), TARGETS)
    assert {problem.place for problem in checked.problems} == {
        "window.from", "goals.coverage_percent", "units.clause",
    }  # fmt: skip


def test_a_gap_between_bands_is_told_at_its_benefit() -> None:
    given_ = shown(FILE, "products-1") | {"products.0.benefits.0.bands.2.ages": "78+"}
    checked = check(put(FILE, "products-1", given_), TARGETS)
    assert [(problem.place, problem.message) for problem in checked.problems] == [
        ("products[A].benefits[accident].bands", "76—77 周岁没有年龄档")
    ]
    assert place_words("products[A].benefits[accident].bands") == "险种 A 意外伤害 年龄档"


def test_rows_are_added_in_the_blank_one_and_dropped_by_a_tick() -> None:
    blank = {
        "groups.4.code": "disabled",
        "groups.4.name": "重残",
        "groups.4.clause": "三（3）",
        "groups.4.from_age": "",
    }
    more = put(FILE, "groups", shown(FILE, "groups") | blank)
    assert more["groups"][4] == {"code": "disabled", "name": "重残", "clause": "三（3）"}
    ticked = shown(more, "groups") | {"groups.0.remove": "on", "groups.4.remove": "on"}
    less = put(more, "groups", ticked)
    assert [group["code"] for group in less["groups"]] == ["wubao", "sanwu", "aged80"]
    still = put(more, "groups", ticked, removing=False)
    assert len(still["groups"]) == 5


def test_only_rows_of_the_section_can_be_dropped() -> None:
    assert put(FILE, "groups", shown(FILE, "groups") | {"products.0.remove": "on", "readings.K01.remove": "on"}) == FILE


def test_a_doubt_goes_with_the_figure_that_had_it() -> None:
    band = "products.0.benefits.3.bands.0"
    changed = put(FILE, "products-1", shown(FILE, "products-1") | {f"{band}.yuan": "2000", f"{band}.reading": ""})
    assert "K03" not in changed["readings"]
    assert check(changed, TARGETS).plan.products[0].benefits[3].bands[0].amount_fen == 200000


def test_another_choice_keeps_the_old_one_on_offer_and_waits_for_its_confirmation() -> None:
    tables = deepcopy(FILE)
    tables["readings"]["K05"] |= {"status": "confirmed", "by": "某", "on": date(2024, 1, 1), "paper": "〔2024〕1号"}
    changed = put(tables, "readings", shown(tables, "readings") | {"readings.K05.choice": "180-a-period"})
    reading = changed["readings"]["K05"]
    assert set(reading["alternatives"]) == {"no-cap", "90-a-period", "first-3-unpaid"}
    assert (reading["status"], "paper" in reading) == ("assumed", False)
    assert put(tables, "readings", shown(tables, "readings"))["readings"]["K05"]["status"] == "confirmed"


def test_a_product_and_a_reading_are_added() -> None:
    more = with_product(with_reading(FILE, "figure"))
    assert more["products"][2]["code"] == "C"
    assert more["readings"]["K18"]["topic"] == "figure"
    assert ("products-3", "险种 C") in sections(more)
    assert node_of(more, "products-3").lists[0].rows[0].is_blank


def test_a_benefit_gets_its_own_terms_once_its_kind_is_known() -> None:
    blank = {"products.1.benefits.3.kind": "allowance", "products.1.benefits.3.clause": "附件2（2）第4行"}
    changed = put(FILE, "products-2", shown(FILE, "products-2") | blank)
    labels = [entry.field.label for entry in node_of(changed, "products-2").lists[0].rows[3].entries]
    assert "每次前几天不赔" in labels
    bands = {"products.1.benefits.3.bands.0.ages": "60以上", "products.1.benefits.3.bands.0.yuan": "25.5"}
    whole = put(changed, "products-2", shown(changed, "products-2") | bands)
    assert check(whole, TARGETS).plan.products[1].benefits[3].bands[0].amount_fen == 2550


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.YUAN, "1,200.50", Decimal("1200.50")),
        (Kind.YUAN, "200元", 200),
        (Kind.YUAN, "0.1", Decimal("0.10")),
        (Kind.AGES, "70—75周岁", "70-75"),
        (Kind.AGES, "76 周岁及以上", "76+"),
        (Kind.AGES, "六十", "六十"),
        (Kind.DAY, "2025年2月1日", date(2025, 2, 1)),
        (Kind.DAY, "2025-02-30", "2025-02-30"),
        (Kind.WHOLE, "60", 60),
        (Kind.WHOLE, "六十", "六十"),
        (Kind.FLAG, "true", True),
        (Kind.TEXTS, "2000、1500", ["2000", "1500"]),
        (Kind.TEXT, "  ", None),
    ],
)
def test_what_people_type(kind: Kind, text: str, value: object) -> None:
    assert value_of(Field("x", "x", kind), text) == value


@given(st.integers(0, 10**14 - 1))
def test_yuan_typed_are_kept_to_the_fen(amount: int) -> None:
    from ankang.rules.money import fen, yuan

    typed = value_of(Field("x", "x", Kind.YUAN), yuan(amount))
    assert fen(typed) == amount


@given(st.dictionaries(st.sampled_from([entry.name for entry in entries(FILE)]), st.text(max_size=8)))
def test_nothing_that_is_typed_breaks_the_form(typed: dict[str, str]) -> None:
    for section, _ in sections(FILE):
        if section != "targets":
            changed = put(FILE, section, typed)
            stored = read_tables(toml_text(changed).encode())
            check(stored, TARGETS)
            lists = {key: type(part) for key, part in FILE.items() if isinstance(part, list | dict)}
            assert {key: type(stored[key]) for key in lists} == lists


def test_to_tables_of_a_stored_plan_has_the_same_form() -> None:
    tables = to_tables(load_programme(ROOT / "programmes" / "2024-yandu"))
    assert [name for name, _ in sections(tables)] == [name for name, _ in sections(FILE)]
    assert {entry.name for entry in entries(tables)} == {entry.name for entry in entries(FILE)}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"produkts": []}, "produkts"),
        ({"window": 3}, "window"),
        ({"products": {"a": 1}}, "products"),
        ({"products": [{"code": "A", "benefits": [{"kind": "accident", "clause": "x", "bands": [3]}]}]}, "第1项"),
        ({"name": {"a": 1}}, "name"),
        ({"readings": {"K01": {"topic": "birthday", "nonsense": 1}}}, "readings.K01.nonsense"),
    ],
)
def test_a_file_that_no_form_can_show_is_refused_with_its_place(change: dict, key: str) -> None:
    with pytest.raises(ProgrammeFileError) as caught:
        require_shape({**FILE, **change})
    assert key in str(caught.value.fields["key"])


# ------------------------------------------------------------------ the villages' targets


def test_targets_that_nobody_touched_are_the_same_text() -> None:
    lines = target_lines(TARGETS)
    assert (len(lines), lines[-1].is_blank) == (21, True)
    given_ = {name: text for line in lines for name, _, text in line.cells}
    assert put_targets(TARGETS, given_) == TARGETS


def test_a_bad_cell_stays_and_is_told_in_its_row() -> None:
    changed = put_targets(
        TARGETS, {"targets.1.target": "很多", "targets.2.population": "1,680", "targets.0.remove": "on"}
    )
    lines = target_lines(changed)
    assert (len(lines), lines[0].wrong) == (20, "targets.0.target")
    assert lines[0].problem.startswith("“很多”不是整数")
    assert lines[1].cells[2][2] == "1680"
    problem = check(FILE, changed).problems[0]
    assert target_place(problem.place) == "targets.0.target"


def test_a_village_is_added_in_the_blank_row() -> None:
    name = "targets.20"
    more = put_targets(
        TARGETS, {f"{name}.serial": "21", f"{name}.village": "21村", f"{name}.population": "9", f"{name}.target": "8"}
    )
    assert more.endswith("21,21村,9,8\n")
    assert put_targets("", {"targets.0.village": "01村"}) == "serial,village,population,target\n,01村,,\n"
