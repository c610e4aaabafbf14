"""What is written as files loads equal: the same digest, on every programme and on many that nobody wrote."""

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.canonical import digest_of
from ankang.rules.dump import CLAUSE_TO_FILL, targets_text, to_tables, toml_text
from ankang.rules.load import load_programme, read_programme, read_tables
from ankang.rules.programme import Programme, TargetRow

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted([ROOT / "programmes" / "2024-yandu", *(ROOT / "tests" / "data" / "programmes").iterdir()])
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).filter(str.strip)


def written(plan: Programme) -> Programme:
    text = toml_text(to_tables(plan))
    return read_programme(read_tables(text.encode()), targets_text(plan.targets))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_programme_is_read_back_with_the_same_digest(folder: Path) -> None:
    plan = load_programme(folder)
    assert written(plan) == plan
    assert digest_of(written(plan)) == digest_of(plan)


def test_seven_programmes_are_written() -> None:
    assert len(FOLDERS) == 7


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_file_written_again_is_the_same_tables(folder: Path) -> None:
    tables = read_tables((folder / "programme.toml").read_bytes())
    assert read_tables(toml_text(tables).encode()) == tables


@given(
    name=WORDS,
    question=WORDS,
    village=WORDS.map(str.strip).filter(lambda name: "\n" not in name),
    price=st.integers(0, 10**9),
    figures=st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    cut=st.integers(61, 98),
)
def test_a_plan_with_any_words_and_figures_is_read_back(
    *, name: str, question: str, village: str, price: int, figures: list[int], cut: int
) -> None:
    plan = load_programme(ROOT / "programmes" / "2024-yandu")
    product = plan.products[0]
    bands = product.benefits[0].bands
    changed = (
        replace(bands[0], to_age=cut, amount_fen=figures[0]),
        replace(bands[1], from_age=cut + 1, to_age=cut + 2, amount_fen=figures[1]),
        replace(bands[2], from_age=cut + 3, amount_fen=figures[2]),
    )
    benefit = replace(product.benefits[0], bands=changed)
    plan = replace(
        plan,
        name=name,
        products=(replace(product, price_fen=price, benefits=(benefit, *product.benefits[1:])), *plan.products[1:]),
        readings=(replace(plan.readings[0], question=question), *plan.readings[1:]),
        targets=(TargetRow(1, village, 10, 9),),
    )
    assert digest_of(written(plan)) == digest_of(plan)


@given(
    st.recursive(
        st.none().map(lambda _: 0) | st.integers() | st.booleans() | st.text() | st.decimals(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: {"x": value})
)
def test_any_table_that_toml_can_hold_is_read_back(tables: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(tables), parse_float=Decimal) == tables


def test_clauses_that_are_not_stored_are_left_to_fill_in() -> None:
    tables = to_tables(load_programme(ROOT / "programmes" / "2024-yandu"))
    assert tables["units"] == {"cap": 2, "clause": CLAUSE_TO_FILL}
    assert tables["products"][0]["benefits"][3] == {
        "kind": "fracture",
        "clause": "附件2（1）第4行",
        "bands": [{"ages": "60-69", "yuan": 2024, "reading": "K03"}, {"ages": "70+", "yuan": 1000}],
    }
