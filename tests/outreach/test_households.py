"""Equal parts by household: exact cases, and what holds for every village."""

from hypothesis import given
from hypothesis import strategies as st

from ankang.outreach.households import equal_parts, natural


def test_neighbours_stay_together_in_parts_of_equal_people() -> None:
    assert equal_parts([2, 1, 1, 2, 2], 2) == [0, 0, 0, 1, 1]
    assert equal_parts([1, 1, 1], 3) == [0, 1, 2]
    assert equal_parts([5], 2) == [1]  # its middle person lies on the border
    assert equal_parts([], 3) == []


def test_houses_sort_as_people_count() -> None:
    assert sorted(["10组2号", "2组10号", "2组9号", ""], key=natural) == ["", "2组9号", "2组10号", "10组2号"]
    assert sorted(["05-10", "5-9", "甲"], key=natural) == ["5-9", "05-10", "甲"]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=200), st.integers(1, 12))
def test_every_part_is_within_one_household_of_an_equal_share(sizes: list[int], parts: int) -> None:
    found = equal_parts(sizes, parts)
    assert len(found) == len(sizes)
    assert found == sorted(found)  # in order: who lives side by side has the same worker
    assert all(0 <= part < parts for part in found)
    for part in range(parts):
        people = sum(size for size, given_to in zip(sizes, found, strict=True) if given_to == part)
        assert abs(people * parts - sum(sizes)) <= max(sizes) * parts
