"""Two plans side by side: every figure that differs, and what it means on worked examples. On the page and as Excel."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.programmes.draft_queries import Side, side, versions_of
from ankang.rules.canonical import digest_of
from ankang.rules.differences import Difference, differences
from ankang.rules.examples import Outcome, compare
from ankang.rules.money import yuan
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme

PARTS = {
    "plan": "方案要点",
    "group": "类别",
    "product": "险种与责任",
    "reading": "口径",
    "target": "分村目标",
    "typo": "原文笔误",
}
KINDS = {"added": ("ok", "新增"), "removed": ("bad", "删去"), "changed": ("info", "改动")}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, by part of the plan; what the examples pay: those that change, and how many do not."""

    total: int
    parts: list[tuple[str, list[tuple[Difference, str, str]]]]
    changed: list[Outcome]
    unchanged: list[Outcome]

    @property
    def headline(self) -> str:
        if not self.total:
            return "两份方案完全一样"
        more = sum(1 for one in self.changed if one.change_fen > 0)
        less = sum(1 for one in self.changed if one.change_fen < 0)
        said = [f"{more} 例赔得多" if more else "", f"{less} 例赔得少" if less else ""]
        means = "、".join(one for one in said if one) or "例子赔的钱都不变"
        return f"改了 {self.total} 处，{means}"


def compared(before: Programme, after: Programme) -> Comparison:
    """Return two plans side by side; worked out once a process."""
    return _compared(_Pair(before, after))


class _Pair:
    """Two plans as a cache key: by their digests, so that no plan is compared field by field."""

    def __init__(self, before: Programme, after: Programme) -> None:
        self.before, self.after = before, after
        self._digests = (digest_of(before), digest_of(after))

    def __hash__(self) -> int:
        return hash(self._digests)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and other._digests == self._digests


@lru_cache(maxsize=16)
def _compared(pair: _Pair) -> Comparison:
    found = differences(pair.before, pair.after)
    parts = [(title, [(one, *KINDS[one.kind]) for one in found if one.part == part]) for part, title in PARTS.items()]
    outcomes = compare(pair.before, pair.after)
    return Comparison(
        len(found),
        [(title, rows) for title, rows in parts if rows],
        [one for one in outcomes if one.before_fen != one.after_fen],
        [one for one in outcomes if one.before_fen == one.after_fen],
    )


@desk_page("town")
@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """`?from=v12&to=r34`: a published version or a draft's state; by default the two newest versions."""
    versions = list(versions_of(person(request))[:50])
    before, after = _sides(request, [f"v{one.pk}" for one in versions[:2]])
    context: dict[str, Any] = {"versions": versions, "before": before, "after": after}
    if before and after and before.plan and after.plan:
        context["comparison"] = compared(before.plan, after.plan)
    return page(request, "desks/town/plans/compare.html", context)


@desk_page("town")
@require_safe
def comparison_export(request: HttpRequest) -> HttpResponse:
    """The same as Excel: the differences, and the examples."""
    before, after = _sides(request, [])
    if not (before and after and before.plan and after.plan):
        messages.error(request, "请先选好两版；草稿要先改好，才能比较和导出。")
        return redirect("town:plan-compare")
    found = compared(before.plan, after.plan)
    says = f"{before.title} → {after.title}，{now_of(request):%Y-%m-%d %H:%M}。"
    rows: list[list[Cell]] = [
        [title, word, one.clause, one.what, one.before, one.after]
        for title, told in found.parts
        for one, _, word in told
    ]
    outcomes = [_outcome_row(one) for one in (*found.changed, *found.unchanged)]
    sheets = [
        Sheet("差别", ["部分", "改动", "条款", "什么", "原来", "改成"], rows, says=says),
        Sheet("例子", ["情形", "险种", "原来赔（元）", "改后赔（元）", "相差（元）", "分项"], outcomes, says=says),
    ]
    return xlsx_response(f"方案差别-{now_of(request):%Y%m%d}", sheets)


def parts_words(outcome: Outcome) -> str:
    """Return the benefits of an outcome in words: `意外医疗 3000.00、骨折费用 2024.00 → 2000.00`."""
    said = []
    for kind, before, after in outcome.parts:
        amounts = yuan(before) if before == after else f"{yuan(before)} → {yuan(after)}"
        said.append(f"{BENEFIT_NAMES[BenefitKind(kind)]} {amounts}")
    return "、".join(said) or "不赔"


def _outcome_row(one: Outcome) -> list[Cell]:
    amounts: list[Cell] = [None if fen is None else Decimal(yuan(fen)) for fen in (one.before_fen, one.after_fen)]
    return [one.example.words, one.product, *amounts, Decimal(yuan(one.change_fen)), parts_words(one)]


def _sides(request: HttpRequest, newest: list[str]) -> tuple[Side | None, Side | None]:
    """The earlier plan and the later one that the address names."""
    wanted = [request.GET.get("from", ""), request.GET.get("to", "")]
    if not any(wanted) and len(newest) == 2:
        wanted = [newest[1], newest[0]]
    first, second = (side(person(request), key) for key in wanted)
    return first, second
