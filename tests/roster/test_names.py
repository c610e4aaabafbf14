"""Names and initials, phones and masks."""

import pytest

from ankang.roster.names import clean_name, initials
from ankang.roster.numbers import masked, masked_name, parse_phone
from ankang.rules.errors import InvalidInput


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王秀兰", "wxl"),
        ("单秀兰", "sxl"),
        ("曾国强", "zgq"),
        ("仇英", "qy"),
        ("尉迟恭", "ycg"),
        ("欧阳修", "oyx"),
        ("买买提·吐尔逊", "mmttex"),
        ("Maria Li", "mariali"),
        ("王𠮷", "w"),  # a character that no table has
        ("", ""),
    ],
)
def test_initials_read_surnames_as_surnames(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (" 王 秀 兰 ", "王秀兰"),
        ("王\u3000兰", "王兰"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("王", "王"),
        ("Maria  Li", "Maria Li"),
        ("王𠮷", "王𠮷"),
    ],
)
def test_names_are_tidied(written: str, name: str) -> None:
    assert clean_name(written) == name


@pytest.mark.parametrize("written", ["", "  ", "王1", "123", "=王兰", "<b>王", "王" * 61])
def test_names_that_are_none(written: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_name(written)
    assert caught.value.fields["fix"]


def test_the_longest_name() -> None:
    assert clean_name("王" * 60) == "王" * 60


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("", ""),
        ("13812345678", "13812345678"),
        ("138-1234 5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("（0515）88123456", "051588123456"),
        ("88123456", "88123456"),
        ("8812345", "8812345"),
    ],
)
def test_phones_are_digits(written: str, digits: str) -> None:
    assert parse_phone(written) == digits


@pytest.mark.parametrize("written", ["123", "1381234567", "138123456789", "12812345678", "无", "881234"])
def test_what_is_no_phone(written: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_phone(written)
    assert written not in str(caught.value)


def test_masks() -> None:
    assert masked("32990019480304001X") == "*" * 14 + "001X"
    assert (masked("12345"), masked("1234"), masked("")) == ("*2345", "****", "")
    assert (masked_name("王秀兰"), masked_name("王兰"), masked_name("王"), masked_name("欧阳秀兰")) == (
        "王*兰",
        "王*",
        "*",
        "欧**兰",
    )
