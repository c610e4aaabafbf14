"""The note on the age: boundary triples around the bands of the 2024 plan."""

from datetime import date

import pytest
from tests import factories

from ankang.desks.insurer.agewords import age_note
from ankang.rules.adjudicate import Cover

PLAN = factories.plan()
BIRTH = date(1948, 7, 15)


def cover(product: str) -> Cover:
    return Cover(product, 1, date(2024, 3, 21), date(2025, 3, 20))


@pytest.mark.parametrize(
    ("day", "age", "next_birthday", "band"),
    [
        (date(2024, 7, 14), 75, date(2024, 7, 15), "70—75周岁"),
        (date(2024, 7, 15), 76, date(2025, 7, 15), "76周岁（含）以上"),
        (date(2024, 7, 16), 76, date(2025, 7, 15), "76周岁（含）以上"),
    ],
)
def test_the_age_on_the_day_and_its_band(day: date, age: int, next_birthday: date, band: str) -> None:
    note = age_note(PLAN, BIRTH, [cover("A")], day)
    assert (note.age, note.next_birthday, note.next_age) == (age, next_birthday, age + 1)
    assert ("意外伤害", band) in note.bands


def test_products_are_named_where_their_bands_differ() -> None:
    note = age_note(PLAN, BIRTH, [cover("A"), cover("B")], date(2024, 5, 12))
    assert note.bands == [
        ("100元/份的意外伤害", "70—75周岁"),
        ("50元/份的意外伤害", "70—79周岁"),
        ("意外医疗、定期寿险、骨折费用", "70周岁（含）以上"),
    ]


def test_without_cover_no_band_applies() -> None:
    assert age_note(PLAN, BIRTH, [], date(2024, 5, 12)).bands == []
