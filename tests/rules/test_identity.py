"""rules.identity against GB 11643: check digit, dates, sex, areas, and the ways people write a number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.errors import InvalidInput
from ankang.rules.identity import check_digit, parse_number

VALID = "11010519491231002X"  # the standard's own example
FEMALE = "440524188001010014"  # the standard's other example: born 1880, so too old to be living


def numbered(body: str) -> str:
    return body + check_digit(body)


def refusal(text: str, **options: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse_number(text, **options)  # type: ignore[arg-type]
    assert caught.value.fields["reason"]
    assert caught.value.fields["fix"]
    return caught.value


def test_the_example_of_the_standard() -> None:
    found = parse_number(VALID)
    assert (found.number, found.birth_date, found.sex, found.tail) == (VALID, date(1949, 12, 31), "2", "002X")
    assert found.warnings == ()


def test_the_check_digit_of_the_standards_second_example() -> None:
    assert check_digit(FEMALE[:17]) == "4"


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002X\u3000",
        "'11010519491231002X",
        "\ufeff110105\u200b19491231002X",
        "11010519491231002Х",  # Cyrillic
        "11010519491231002×",
    ],
)
def test_ways_of_writing_it_are_put_right(written: str) -> None:
    assert parse_number(written).number == VALID


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "没有填身份证号"),
        ("   ", "没有填身份证号"),
        ("3.2E+17", "Excel把号码存成了数字，后几位已经丢失，无法还原"),
        ("3.20106194803041e+17", "Excel把号码存成了数字，后几位已经丢失，无法还原"),
        ("320106194803041000.0", "Excel把号码存成了数字，后几位已经丢失，无法还原"),
        ("1101051949123100", "应为18位，现在是16位"),
        ("11010519491231002", "应为18位，现在是17位"),
        ("11010519491231002XX", "有数字和末位X以外的字符"),
        ("1101051949123100200", "应为18位，现在是19位"),
        ("11010519491231OO2X", "有数字和末位X以外的字符"),
        ("1101**********002X", "号码打了星号，看不到完整号码"),
        ("110105194912310021", "校验码不对，多半有一位写错了"),
        (numbered("11010519490229002"), "第7至14位不是可能的出生日期"),
        (numbered("11010519491301002"), "第7至14位不是可能的出生日期"),
        (FEMALE, "第7至14位不是可能的出生日期"),
    ],
)
def test_refusals_say_why(written: str, reason: str) -> None:
    assert refusal(written).fields["reason"] == reason


def test_fifteen_digits_get_a_proposal_and_are_not_taken() -> None:
    error = refusal("110105491231002")
    assert error.fields["proposal"] == VALID
    assert VALID in str(error.fields["fix"])


def test_fifteen_digits_with_an_impossible_date_get_none() -> None:
    assert "proposal" not in refusal("110105491331002").fields


@pytest.mark.parametrize(("year", "is_taken"), [(1899, False), (1900, True), (1901, True)])
def test_the_earliest_year(year: int, is_taken: bool) -> None:
    number = numbered(f"110105{year}0101002")
    if is_taken:
        assert parse_number(number).birth_date == date(year, 1, 1)
    else:
        refusal(number)


def test_a_birth_after_today_is_refused() -> None:
    number = numbered("11010520240305002")
    assert refusal(number, today=date(2024, 3, 4)).fields["reason"] == "出生日期在今天之后"
    assert parse_number(number, today=date(2024, 3, 5)).birth_date == date(2024, 3, 5)
    assert parse_number(number, today=date(2024, 3, 6)).birth_date == date(2024, 3, 5)
    assert parse_number(number).birth_date == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("area", "is_known"),
    [
        ("320900", True),
        ("441900", True),  # 东莞: a city without districts
        ("320000", False),
        ("320100", True),
        ("327099", True),
        ("327199", False),
        ("328999", False),
        ("329001", True),
        ("329101", False),
        ("329900", False),
        ("100101", False),
        ("160101", False),
        ("660101", False),
        ("810000", True),
        ("810100", False),
        ("910101", False),
    ],
)
def test_an_area_that_never_was_is_a_warning(area: str, is_known: bool) -> None:
    found = parse_number(numbered(f"{area}19480304001"))
    assert (found.warnings == ()) is is_known
    assert is_known or area in found.warnings[0]


def test_sample_areas_need_no_warning() -> None:
    number = numbered("32990019480304001")
    assert parse_number(number, sample_areas=frozenset({"329900"})).warnings == ()
    assert len(parse_number(number, sample_areas=frozenset({"329901"})).warnings) == 1


bodies = st.builds(
    lambda birth, sequence: f"320901{birth:%Y%m%d}{sequence:03d}",
    st.dates(date(1900, 1, 1), date(2024, 12, 31)),
    st.integers(0, 999),
)


@given(bodies)
def test_every_body_has_exactly_one_check_digit(body: str) -> None:
    taken = []
    for digit in "0123456789X":
        try:
            taken.append(parse_number(body + digit).number[17])
        except InvalidInput:
            continue
    assert taken == [check_digit(body)]


@given(bodies, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(body: str, place: int, shift: int) -> None:
    number = numbered(body)
    wrong = str((int(number[place]) + shift) % 10)
    refusal(number[:place] + wrong + number[place + 1 :])


@given(bodies, st.integers(0, 15))
def test_two_swapped_digits_never_pass(body: str, place: int) -> None:
    number = numbered(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        refusal(swapped)


@given(bodies)
def test_what_it_says_is_what_was_put_in(body: str) -> None:
    found = parse_number(numbered(body))
    assert f"{found.birth_date:%Y%m%d}" == body[6:14]
    assert found.sex == ("1" if int(body[16]) % 2 else "2")


@given(st.text())
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    try:
        taken = parse_number(text).number
    except InvalidInput:
        refusal(text)
    else:
        assert len(taken) == 18
