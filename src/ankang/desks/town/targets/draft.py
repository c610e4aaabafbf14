"""A table of targets being made: populations from somewhere, targets by a rule, both to be corrected by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict

from ankang.desks.components.day_field import DayField
from ankang.desks.town.targets.table import RULES
from ankang.divisions.models import Division
from ankang.programmes.target_models import TargetIssue
from ankang.programmes.targets import VillageTarget
from ankang.rules.targets import Rounding, computed_targets

_plain = {"autocomplete": "off"}
SOURCES = [TargetIssue.Source.CURRENT, TargetIssue.Source.ROSTER, TargetIssue.Source.FILE]


class SourceForm(forms.Form):
    """Where the populations come from, and by what rule they become targets."""

    source = forms.ChoiceField(
        label="人口数从哪来",
        choices=[(one.value, one.label) for one in SOURCES],
        initial=TargetIssue.Source.CURRENT,
        widget=forms.RadioSelect,
        error_messages={"required": "请选人口数从哪来。"},
    )
    on = DayField(label="名册哪一天", required=False, help_text="选“某一天的名册”时填：那天满60周岁、在世、没迁走的人")
    file = forms.FileField(label="Excel文件", required=False, help_text="选“上传的Excel”时选文件，模板在上面下载")
    rule = forms.ChoiceField(
        label="目标怎么算",
        choices=RULES,
        initial=Rounding.HALF_UP,
        error_messages={"required": "请选目标怎么算。"},
    )
    total = forms.IntegerField(
        label="全镇总数", required=False, min_value=1, help_text="只有最大余数法用；不填就是全镇的线"
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("source") == TargetIssue.Source.ROSTER and not given.get("on") and "on" not in self.errors:
            self.add_error("on", "请填看哪一天的名册。")
        if given.get("source") == TargetIssue.Source.FILE and not given.get("file"):
            self.add_error("file", "请选一个Excel文件。")
        return given


class IssueForm(forms.Form):
    """The paper, and what the table was made from."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    source = forms.ChoiceField(widget=forms.HiddenInput, choices=TargetIssue.Source.choices)
    source_on = forms.DateField(widget=forms.HiddenInput, required=False)
    rule = forms.ChoiceField(widget=forms.HiddenInput, choices=RULES)
    paper = forms.CharField(
        label="文号",
        max_length=80,
        help_text="下达目标的文件，例如 ×政发〔2024〕5号",
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请填下达目标的文号，例如“×政发〔2024〕5号”。"},
    )
    paper_on = DayField(label="文件日期")
    from_on = DayField(label="从哪天起算", help_text="今天或以后；在那以前仍按原目标")
    reason = forms.CharField(
        label="为什么改",
        max_length=200,
        required=False,
        help_text="第一次下达可以不填",
        widget=forms.TextInput(attrs=_plain),
    )
    checked = forms.BooleanField(
        label="已和文件逐村核对过",
        error_messages={"required": "请和文件逐村核对一遍，再勾上。"},
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """What stands in one village's two fields, and what is wrong with it."""

    village: Division
    population: str
    target: str
    problem: str = ""


def computed_rows(
    villages: Sequence[Division], populations: Sequence[int], percent: int, rule: str, total: int | None
) -> list[VillageTarget]:
    """Return the villages with their targets by a rule, never above the population."""
    targets = computed_targets(populations, percent, rule, total)
    return [
        VillageTarget(village.code, village.serial, village.name, population, min(target, population))
        for village, population, target in zip(villages, populations, targets, strict=True)
    ]


def cells_of(rows: Sequence[VillageTarget], villages: Sequence[Division]) -> list[Cells]:
    """Return the fields of a table that the product made."""
    given = {row.code: row for row in rows}
    return [
        Cells(village, str(row.population), str(row.target)) if row else Cells(village, "", "")
        for village in villages
        for row in [given.get(village.code)]
    ]


def posted_cells(data: QueryDict, villages: Sequence[Division]) -> list[Cells]:
    """Return the fields as a person left them, each with what is wrong."""
    found = []
    for village in villages:
        population = data.get(f"population-{village.code}", "").strip()
        target = data.get(f"target-{village.code}", "").strip()
        found.append(Cells(village, population, target, _problem(population, target)))
    return found


def rows_of(cells: Sequence[Cells]) -> list[VillageTarget]:
    """Return the rows of fields without a problem."""
    return [
        VillageTarget(cell.village.code, cell.village.serial, cell.village.name, int(cell.population), int(cell.target))
        for cell in cells
    ]


def _problem(population: str, target: str) -> str:
    if not _is_count(population) or int(population) < 1:
        return "人口数要填大于0的整数。"
    if not _is_count(target):
        return "目标要填整数。"
    return f"目标不能超过人口数 {int(population):,}。" if int(target) > int(population) else ""


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7
