"""Names and their pinyin initials: 王秀兰 is found by `wxl`, 单 as a surname reads shan."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from ankang.rules.errors import InvalidInput

_DOTS = re.compile("[•●・‧∙．.]")
_NAME = re.compile(r"[^\W\d_][^\d_<>=@/\\\x00-\x1f\x7f]{0,58}[^\W\d_]|[^\W\d_]")
_COMPOUND = {"尉迟": "yc", "万俟": "mq", "长孙": "zs", "澹台": "tt", "单于": "cy", "令狐": "lh", "宇文": "yw"}
_SURNAMES = {
    "单": "s",
    "解": "x",
    "仇": "q",
    "区": "o",
    "查": "z",
    "曾": "z",
    "盖": "g",
    "朴": "p",
    "翟": "z",
    "任": "r",
    "华": "h",
    "覃": "q",
    "缪": "m",
    "乐": "y",
    "逄": "p",
    "种": "c",
    "召": "s",
    "员": "y",
    "折": "s",
    "繁": "p",
    "黑": "h",
    "秘": "b",
    "重": "c",
    "宿": "s",
    "隗": "w",
    "郗": "x",
    "幺": "y",
    "燕": "y",
    "洗": "x",
    "冼": "x",
}


def clean_name(text: str) -> str:
    """Return a name without spaces and with one kind of middle dot.

    Errors: InvalidInput with `reason` and `fix` for an empty text, digits or signs.
    """
    name = unicodedata.normalize("NFKC", text)
    name = re.sub(r"\s+", " " if name.isascii() else "", name.strip())
    name = _DOTS.sub("·", name)
    if _NAME.fullmatch(name):
        return name
    reason = "姓名里有数字或符号" if name else "没有填姓名"
    fix = "请只填姓名，生僻字照身份证填写" if name else "请照身份证填写姓名"
    raise InvalidInput(f"{reason}。{fix}。", field="name", reason=reason, fix=fix)


@lru_cache(maxsize=60_000)
def initials(name: str) -> str:
    """Return the lower-case pinyin initials, at most 60: the surname by its reading as a surname."""
    if surname := _COMPOUND.get(name[:2]):
        return surname + "".join(map(_initial, name[2:]))
    first = _SURNAMES.get(name[:1]) or "".join(map(_initial, name[:1]))
    return first + "".join(map(_initial, name[1:]))


@lru_cache(maxsize=20_000)
def _initial(character: str) -> str:
    """The first letter of one character's commonest reading; letters stand for themselves, signs for nothing."""
    if character.isascii():
        return character.lower() if character.isalpha() else ""
    readings = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore", strict=False)
    return "".join(readings)[:1]
