"""Words for the lists: 低保、五保、三无 as villages write them, and whatever further lists a programme names."""

import re
import unicodedata
from collections.abc import Mapping

from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Programme

_SEPARATORS = re.compile(r"[、,;/|+\s]+")
_ALIASES = {
    "dibao": "低保 低保户 低保对象 低保人员 城市低保 农村低保 最低生活保障",
    "wubao": "五保 五保户 五保对象 五保人员 五保老人 特困 特困供养 特困人员 特困供养人员 分散供养 集中供养",
    "sanwu": "三无 三无老人 三无人员 三无对象",
    "": "无 否 一般 普通 其他 社会拓展 非政府购买 80周岁以上 80岁以上 80+ 高龄 高龄老人 80周岁及以上 80岁及以上",
}
# 80+ follows from the age and is never a list, so it says nothing here.
GROUP_WORDS: Mapping[str, str] = {word: code for code, words in _ALIASES.items() for word in words.split()}
GROUP_NAMES: Mapping[str, str] = {"dibao": "低保", "wubao": "五保", "sanwu": "三无"}


def group_words(plan: Programme | None) -> Mapping[str, str]:
    """Return word -> code of list ("" for none), with the lists that the plan itself names."""
    if plan is None:
        return GROUP_WORDS
    return {**GROUP_WORDS, **{group.name: "" if group.from_age else group.code for group in plan.groups}}


def parse_groups(text: str, words: Mapping[str, str]) -> frozenset[str] | None:
    """Return the codes of the lists in a cell; None for an empty one, which says nothing.

    Errors: InvalidInput with `reason` and `fix`.
    """
    text = unicodedata.normalize("NFKC", text)
    parts = [text] if text in words else [part for part in _SEPARATORS.split(text) if part]
    if not parts:
        return None
    unknown = [part for part in parts if part not in words]
    if unknown:
        reason = f"不认识的类别“{unknown[0][:20]}”"
        fix = "请填低保、五保、三无，几个之间用顿号隔开；都不是请留空或填“无”"
        raise InvalidInput(f"{reason}。{fix}。", field="groups", reason=reason, fix=fix)
    return frozenset(words[part] for part in parts) - {""}
