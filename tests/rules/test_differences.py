"""What differs between two plans, in words; what it means on the worked examples; what may change in a year."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.cases import with_choice

from ankang.rules.canonical import digest_of, from_document, to_document
from ankang.rules.differences import differences
from ankang.rules.dump import targets_text, to_tables
from ankang.rules.examples import EXAMPLES, compare, paid
from ankang.rules.in_year import InYear, refused_changes
from ankang.rules.load import load_programme, read_programme
from ankang.rules.programme import Band, Programme, TargetRow

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted([ROOT / "programmes" / "2024-yandu", *(ROOT / "tests" / "data" / "programmes").iterdir()])
PLAN = load_programme(ROOT / "programmes" / "2024-yandu")


def edited(**changes: object) -> Programme:
    """Return the plan after changes of its file: `products__0__price=120`."""
    tables = to_tables(PLAN)
    for path, value in changes.items():
        *parents, last = path.split("__")
        here = tables
        for part in parents:
            here = here[int(part)] if part.isdigit() else here[part]
        here[int(last) if last.isdigit() else last] = value
    return read_programme(tables, targets_text(PLAN.targets))


def words(new: Programme) -> list[str]:
    return [one.words for one in differences(PLAN, new)]


def test_the_figure_that_a_reading_chooses_is_told_with_its_clause() -> None:
    assert words(with_choice(PLAN, "K03", "2000")) == [
        "附件2（1）第4行 险种 A 骨折费用 60—69 周岁：2,024.00 元（存疑 K03） → 2,000.00 元（存疑 K03）",
        "附件2（1）第4行 口径 K03 数字存疑 用的选项：2024元 → 2000元",
        "附件2（1）第4行 口径 K03 数字存疑 可以改选的：2000元 → 2024元",
    ]


def test_bands_that_are_cut_elsewhere_are_told_by_the_ages_that_change() -> None:
    bands = [{"ages": "60-69", "yuan": 10000}, {"ages": "70-79", "yuan": 5000}, {"ages": "80+", "yuan": 2000}]
    new = edited(products__0__benefits__0__bands=bands)
    assert words(new) == ["附件2（1）第1行 险种 A 意外伤害 76—79 周岁：2,000.00 元 → 5,000.00 元"]
    assert [one.where for one in differences(PLAN, new)] == ["products[A].benefits[accident].bands[70-79]"]


def test_added_and_removed_things_are_told() -> None:
    without = replace(PLAN, products=PLAN.products[:1], groups=PLAN.groups[1:], typos=())
    kinds = {(one.part, one.kind) for one in differences(PLAN, without)}
    assert {("product", "removed"), ("group", "removed"), ("typo", "removed")} <= kinds
    back = {(one.part, one.kind) for one in differences(without, PLAN)}
    assert {("product", "added"), ("group", "added"), ("typo", "added")} <= back
    told = [one.words for one in differences(without, PLAN) if "险种 B" in one.what]
    assert "附件2（2） 险种 B 每份保费：— → 50.00 元" in told
    assert "附件2（2）第1行 险种 B 意外伤害 70—79 周岁：— → 5,000.00 元" in told


def test_equal_plans_do_not_differ() -> None:
    assert differences(PLAN, from_document(to_document(PLAN))) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "新名"}, "名称"),
        ({"issuer": "别处"}, "发文单位"),
        ({"units__cap": 3}, "每人份数上限"),
        ({"goals__coverage_percent": 90}, "参保率目标"),
        ({"totals__target": 1}, "公布的合计"),
        ({"placeholder_names": False}, "名称用序号代称"),
        ({"window__clause": "三"}, "推进时间的条款"),
        ({"products__0__shares": {"government": 20}}, "险种 A 各方出资"),
        ({"products__0__join_to_age": 90}, "险种 A 可参保年龄"),
        ({"products__0__benefits__1__deductible": 0}, "险种 A 意外医疗 免赔额"),
        ({"products__0__benefits__1__percent": 80}, "险种 A 意外医疗 赔付比例"),
        ({"products__0__benefits__4__max_days_per_event": 30}, "险种 A 住院津贴 每次最多天数"),
        (
            {"readings__K10__choice": "all-units", "readings__K10__alternatives": ["own-units"]},
            "口径 K10 份数上限怎么数 用的选项",
        ),
    ],
)  # fmt: skip
def test_each_fact_is_told_by_its_name(changes: dict[str, object], told: str) -> None:
    assert told in [one.what for one in differences(PLAN, edited(**changes))]


@given(st.data())
def test_whatever_changes_the_digest_is_told(data: st.DataObject) -> None:
    """One word or number of the canonical document is changed, wherever it stands."""
    old = load_programme(data.draw(st.sampled_from(FOLDERS)))
    document = json.loads(to_document(old))
    path, value = data.draw(st.sampled_from(list(leaves(document))))
    changed = value + 1 if isinstance(value, int) and not isinstance(value, bool) else f"{value}x"
    here = document
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = (not value) if isinstance(value, bool) else changed
    new = from_document(json.dumps(document))
    assert digest_of(new) != digest_of(old)
    assert differences(old, new)


def leaves(value: object, path: tuple = ()):
    """Yield the numbers, flags and free words of a document; what is one of a few known words stays out."""
    known = {"topic", "choice", "alternatives", "kind", "readings", "reading", "id", "code", "terms", "term_readings"}
    dates = {"window_from", "window_to", "cover_from", "cover_to", "on", "deductible_per", "shares"}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if key in known | dates:
            continue
        if isinstance(part, str | int | bool) and part is not None:
            yield (*path, key), part
        else:
            yield from leaves(part, (*path, key))


# ------------------------------------------------------------------ the worked examples of domain 4

PAYS = {
    ("刚满70周岁那天，意外身故", "A"): {"accident": 5000, "life": 300},
    ("满76周岁的前一天，意外身故", "A"): {"accident": 5000, "life": 300},
    ("刚满76周岁那天，意外身故", "A"): {"accident": 2000, "life": 300},
    ("77周岁，意外身故", "A"): {"accident": 2000, "life": 300},
    ("77周岁，意外身故", "B"): {"accident": 5000, "life": 300},
    ("72周岁，医疗费5000元，别处报了3800元", "A"): {"medical": 1000},
    ("65周岁，买2份，自付1000元", "A"): {"medical": 800},
    ("65周岁，买2份，自付10000元", "A"): {"medical": 6000},
    ("65周岁，骨折，自付3400元", "A"): {"medical": 3000, "fracture": 400},
    ("68周岁，买2份，因病身故", "A"): {"life": 1000},
    ("68周岁，意外身故", "A"): {"accident": 10000, "life": 500},
    ("65周岁，10级伤残赔过以后，因同一事故身故", "A"): {"accident": 9000, "life": 500},
    ("65周岁，两处9级伤残", "A"): {"accident": 3000},
    ("65周岁，意外住院3天", "A"): {"allowance": 150},
    ("65周岁，第一次自付3100元之后，第二次自付900元", "A"): {"medical": 100},
    ("65周岁，每种各1份，骨折，自付1000元", "A+B"): {"medical": 800, "fracture": 200},
}


@pytest.mark.parametrize(("example", "product"), PAYS, ids=str)
def test_the_examples_pay_what_the_worked_cases_say(example: str, product: str) -> None:
    found = next(one for one in EXAMPLES if one.words == example)
    amounts = paid(PLAN, found, tuple(product.split("+")))
    assert {kind: amount // 100 for kind, amount in (amounts or {}).items() if amount} == PAYS[example, product]


def test_only_what_changed_changes_and_comes_first() -> None:
    found = compare(PLAN, with_choice(PLAN, "K03", "2000"))
    changed = [one for one in found if one.change_fen]
    assert [(one.example.words, one.product, one.change_fen) for one in changed] == [
        ("65周岁，骨折，自付9000元", "A", -2400)
    ]
    assert found[: len(changed)] == changed
    assert changed[0].parts == (("medical", 300000, 300000), ("fracture", 202400, 200000))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_programme_answers_every_example(folder: Path) -> None:
    plan = load_programme(folder)
    assert all(one.before_fen == one.after_fen is not None for one in compare(plan, plan) if one.product)


def test_a_product_that_only_one_plan_has_pays_nothing_known_in_the_other() -> None:
    found = compare(PLAN, replace(PLAN, products=PLAN.products[:1]))
    assert {one.after_fen for one in found if one.product == "B"} == {None}


# ------------------------------------------------------------------ what may change once people are insured

SOLD = InYear({"A": 3})


def test_nothing_is_refused_while_nobody_is_insured() -> None:
    assert refused_changes(PLAN, edited(products__0__price=120, units__cap=1), InYear()) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"products__0__price": 120}, "每份保费不能从 100.00 元改成 120.00 元"),
        ({"products__0__price": 80}, "每份保费不能从 100.00 元改成 80.00 元"),
        ({"products__0__shares": {"government": 20}}, "各方出资不能改"),
        ({"units__cap": 1}, "份数上限不能从 2 份改低"),
        ({"products__0__benefits__1__deductible": 300}, "意外医疗的免赔额"),
        ({"products__0__benefits__1__percent": 90}, "意外医疗的赔付比例"),
        ({"products__0__benefits__4__max_days_per_event": 30}, "住院津贴的每次最多天数"),
        ({"products__0__benefits__4__bands": [{"ages": "60+", "yuan": 49}]}, "在 60 周岁不能从 50.00 元改低"),
    ],
)  # fmt: skip
def test_what_was_sold_does_not_get_worse(changes: dict[str, object], says: str) -> None:
    refused = refused_changes(PLAN, edited(**changes), SOLD)
    assert len(refused) == 1
    assert says in refused[0]
    assert "请改回去" in refused[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"products__1__price": 60},  # nobody holds B
        {"units__cap": 3},
        {"products__0__benefits__1__deductible": 100},
        {"products__0__benefits__4__bands": [{"ages": "60+", "yuan": 51}]},
        {"name": "改了名字"},
        {"readings__K05__choice": "180-a-period", "readings__K05__alternatives": ["no-cap"]},
    ],
)
def test_what_gets_better_or_is_read_otherwise_may_change(changes: dict[str, object]) -> None:
    assert refused_changes(PLAN, edited(**changes), SOLD) == ()


def test_a_product_with_units_stays() -> None:
    refused = refused_changes(PLAN, replace(PLAN, products=PLAN.products[1:]), SOLD)
    assert refused == ("险种 A 已卖出 3 份，不能删掉。请改回去，写进下一年的方案。",)
    assert refused_changes(PLAN, replace(PLAN, products=PLAN.products[1:]), InYear({"B": 1})) == ()


def test_a_doubtful_figure_may_be_read_lower_but_not_written_lower() -> None:
    assert refused_changes(PLAN, with_choice(PLAN, "K03", "2000"), SOLD) == ()
    product = PLAN.products[0]
    fracture = replace(product.benefits[3], bands=(Band(60, 69, 200000), product.benefits[3].bands[1]))
    benefits = (*product.benefits[:3], fracture, product.benefits[4])
    lower = replace(PLAN, products=(replace(product, benefits=benefits), PLAN.products[1]))
    assert len(refused_changes(PLAN, lower, SOLD)) == 1


def test_the_days_of_the_year_stay_once_somebody_is_insured() -> None:
    later = replace(PLAN, cover_to=date(2025, 3, 21))
    assert "保障期不能改" in refused_changes(PLAN, later, SOLD)[0]
    assert refused_changes(PLAN, replace(PLAN, year=2025), InYear())[0].startswith("方案编号 2024-yandu 已经发布过")


def test_other_targets_are_told_village_by_village() -> None:
    rows = (TargetRow(1, "01村", 525, 447), *PLAN.targets[1:])
    assert words(replace(PLAN, targets=rows)) == ["附件1 01村 目标：446 人 → 447 人"]
