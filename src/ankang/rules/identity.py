"""公民身份号码 (GB 11643): 6 digits of area, 8 of birth, 3 of sequence (odd for men), and a check digit."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul

from ankang.rules.errors import InvalidInput

_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS = "10X98765432"
_ZEROS = 48 * sum(_WEIGHTS)  # the digits are read as ASCII codes: 48 is "0"
_WELL_FORMED = re.compile(r"\d{17}[\dX]", re.ASCII)
_OLD = re.compile(r"\d{15}", re.ASCII)
_FLOAT = re.compile(r"\d+(\.\d+)?[eE]\+?\d+|\d{15,}\.\d*", re.ASCII)
_IGNORED = re.compile("[\\s'’‘\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_LOOKS_LIKE_X = str.maketrans("xхХ×", "XXXX")  # small x, the Cyrillic letters, the multiplication sign
_EARLIEST_BIRTH_YEAR = 1900

_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
_WITHOUT_CITIES = frozenset({"7100", "8100", "8200", "8300"})  # 台湾, and the residence permits of 港澳台
# GB/T 2260, 3rd and 4th digits: 01-20 and 51-70 cities, 21-50 prefectures and leagues, 90 counties directly under the
# province. 71-89 and 91-99 were never assigned, which is why sample people may live in 3299.
_CITIES = frozenset(f"{city:02d}" for city in (*range(1, 71), 90))
_KNOWN_AREAS = frozenset(province + city for province in _PROVINCES for city in _CITIES) | _WITHOUT_CITIES


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A valid number and what it says. `sex` is GB/T 2261.1: "1" male, "2" female. Warnings are Chinese sentences."""

    number: str
    birth_date: date
    sex: str
    warnings: tuple[str, ...] = ()

    @property
    def tail(self) -> str:
        """The last four characters, which is all that lists show."""
        return self.number[-4:]


def parse_number(text: str, *, sample_areas: frozenset[str] = frozenset(), today: date | None = None) -> IdentityNumber:
    """Return the number in `text`: full-width forms, spaces and a small x are put right silently.

    `sample_areas`: six-digit areas that are known to be sample data and need no warning. `today`: no birth after it.
    Errors: InvalidInput with `reason` and `fix`; for 15 digits also `proposal`, which a person has to confirm.
    Source: GB 11643-1999, GB/T 2260; domain 8.
    """
    number = tidy(text)
    if not _WELL_FORMED.fullmatch(number):
        raise _malformed(number)
    birth_date = _birth_date(number[6:14], today)
    if number[17] != check_digit(number[:17]):
        raise _refused("校验码不对，多半有一位写错了", "请对照身份证逐位核对后重填")
    area = number[:6]
    known = area[:4] in _KNOWN_AREAS or area in sample_areas
    warnings = () if known else (f"前6位{area}不是正式的行政区划代码，请对照身份证核对",)
    return IdentityNumber(number, birth_date, "1" if int(number[16]) % 2 else "2", warnings)


def tidy(text: str) -> str:
    """Return what a number's text means before it is checked: half-width, without spaces, a large X."""
    if _WELL_FORMED.fullmatch(text):
        return text
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOKS_LIKE_X)


def check_digit(body: str) -> str:
    """Return the 18th character of the first 17 digits (ISO 7064 MOD 11-2)."""
    return _CHECKS[(sum(map(mul, _WEIGHTS, body.encode())) - _ZEROS) % 11]


def _malformed(number: str) -> InvalidInput:
    if not number:
        return _refused("没有填身份证号", "请填18位身份证号")
    if _FLOAT.fullmatch(number):
        return _refused(
            "Excel把号码存成了数字，后几位已经丢失，无法还原",
            "请把该列设为“文本”格式，再照身份证重新输入18位号码",
        )
    if "*" in number:
        return _refused("号码打了星号，看不到完整号码", "请填完整的18位身份证号")
    if _OLD.fullmatch(number):
        return _fifteen_digits(number)
    if not re.fullmatch(r"\d*X?", number, re.ASCII):
        return _refused("有数字和末位X以外的字符", "请只留18位号码：17位数字加1位数字或X")
    return _refused(f"应为18位，现在是{len(number)}位", "请对照身份证补全或去掉多余的数字")


def _fifteen_digits(number: str) -> InvalidInput:
    body = f"{number[:6]}19{number[6:]}"
    try:
        _birth_date(body[6:14], None)
    except InvalidInput as error:
        return error
    proposal = body + check_digit(body)
    return _refused("是15位旧号码", f"对应的18位号码应是{proposal}，请与本人身份证核对后填写", proposal=proposal)


def _birth_date(digits: str, today: date | None) -> date:
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        birth_date = date.min
    if birth_date.year < _EARLIEST_BIRTH_YEAR:
        raise _refused("第7至14位不是可能的出生日期", "请对照身份证核对第7至14位（年年年年月月日日）")
    if today is not None and birth_date > today:
        raise _refused("出生日期在今天之后", "请对照身份证核对第7至14位（年年年年月月日日）")
    return birth_date


def _refused(reason: str, fix: str, **fields: object) -> InvalidInput:
    return InvalidInput(f"身份证号{reason}。{fix}。", field="number", reason=reason, fix=fix, **fields)
