"""Load an assessment scheme from TOML, strictly: every mistake names file, key and fix."""

import re
import tomllib
from decimal import Decimal
from typing import Any

from ankang.rules.assessment import (
    FIGURES,
    KINDS,
    Award,
    Cap,
    Formula,
    FormulaKind,
    Indicator,
    PersonRule,
    Rounding,
    Scheme,
    Source,
    Step,
    SubsidyRule,
    SubsidyTier,
    Unit,
    Veto,
    points_shown,
)
from ankang.rules.tables import REQUIRED, ProgrammeFileError, Table

SCHEME_FILE = "考核办法.toml"
_MOST_POINTS = 100_000


def read_scheme(text: str, file: str = SCHEME_FILE) -> Scheme:
    """Return the scheme of a TOML text. Errors: ProgrammeFileError (file, key, fix)."""
    return _scheme(Table(scheme_tables(text, file), file))


def scheme_tables(text: str, file: str = SCHEME_FILE) -> dict[str, Any]:
    """Return the tables of a TOML text, whatever they hold. Errors: ProgrammeFileError when it is no TOML."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = f"第{found[1]}行第{found[2]}列" if found else ""
        raise ProgrammeFileError(file, place, "不是合格的 TOML 文件", "对照示例办法改正这一处") from None


def _scheme(root: Table) -> Scheme:
    if root.whole("schema", least=1) != 1:
        raise root.error("schema", "只认识第 1 版格式", "写 schema = 1")
    points, ranking = root.table("points"), root.table("ranking")
    full = _hundredths(points, "full", least=100)
    scheme = Scheme(
        id=_id(root),
        name=root.text("name"),
        programme=root.text("programme"),
        is_example=root.flag("example", default=False),
        full=full,
        most=_hundredths(points, "most", full),
        decimals=points.whole("decimals", 2, most=2),
        rounding=Rounding(points.one_of("rounding", tuple(Rounding))),
        indicators=tuple(_indicator(table) for table in root.tables("indicators", "code")),
        caps=tuple(_cap(table) for table in root.tables("caps", "kind", optional=True)),
        vetoes=tuple(_veto(table, full) for table in root.tables("vetoes", "code", optional=True)),
        ties=tuple(_source(table) for table in ranking.tables("then_by", "figure", optional=True)),
        skips_after_tie=ranking.flag("skip_after_tie", default=True),
        **_rewards(root),
    )
    for table in (points, ranking):
        table.finish()
    root.finish()
    _check(root, scheme)
    return scheme


def _rewards(root: Table) -> dict[str, Any]:
    table = root.table("commendation")
    found: dict[str, Any] = {
        "publicity_days": table.whole("publicity_days", least=1, most=60),
        "awards": tuple(_award(row) for row in table.tables("villages", "name", optional=True)),
        "persons": _persons(table.table("persons")) if table.has("persons") else None,
        "subsidy": _subsidy(root.table("subsidy")) if root.has("subsidy") else None,
    }
    table.clause()
    table.finish()
    return found


def _id(root: Table) -> str:
    found = root.text("id")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", found):
        raise root.error("id", f"“{found}”不能作编号", '只用字母、数字和短横线，例如 "2024-yandu-1"')
    return str(found)


def _hundredths(table: Table, name: str, default: Any = REQUIRED, *, least: int = 0) -> int:
    """A number with at most two decimals as hundredths; a default stands as it is."""
    if not table.has(name) and default is not REQUIRED:
        table.text(name, None)  # the key is known, though absent
        return int(default)
    found = table.hundredths(name)
    if not least <= found <= _MOST_POINTS * 100:
        raise table.error(name, f"不在 {points_shown(least)} 到 {_MOST_POINTS} 之间", "查对这个数")
    return found


def _source(table: Table) -> Source:
    """The figure of a table that holds nothing else is closed here; others are closed by who reads the rest."""
    figure = table.one_of("figure", tuple(FIGURES))
    needs_day = FIGURES[figure].needs_day
    if not needs_day and table.has("on"):
        raise table.error("on", f"{FIGURES[figure].name}不分日子", "删掉 on 这一行")
    return Source(figure, table.day("on") if needs_day else None)


def _indicator(table: Table) -> Indicator:
    source, weight = _source(table), _hundredths(table, "weight", least=1)
    found = Indicator(
        code=table.text("code"),
        name=table.text("name"),
        kind=table.one_of("kind", tuple(KINDS)),
        source=source,
        weight=weight,
        formula=_formula(table.table("formula"), source, weight),
        clause=table.clause(),
        full_if_none=table.one_of("if_none", ("full", "zero"), "zero") == "full",
        is_bonus=table.flag("bonus", default=False),
    )
    table.finish()
    return found


def _formula(table: Table, source: Source, weight: int) -> Formula:
    kind = FormulaKind(table.one_of("kind", tuple(FormulaKind)))
    is_count = source.about.unit is Unit.COUNT
    if is_count != (kind is FormulaKind.COUNT) and kind is not FormulaKind.TIERS:
        raise table.error("kind", f"{source.about.name}不能这样算", _fitting(is_count))
    if kind is FormulaKind.SHARE and source.about.lower_is_better:
        raise table.error("kind", f"{source.about.name}越低越好，不能按比例给分", "改用 line 或 tiers")
    made = _MAKERS[kind](table, weight)
    table.finish()
    if kind is FormulaKind.TIERS:
        _check_order(table, [(step.bound, step.points) for step in made.steps], source)
    return made


def _fitting(is_count: bool) -> str:
    return "数条数、件数的用 count 或 tiers" if is_count else "百分比和天数用 share、line 或 tiers"


def _share(table: Table, weight: int) -> Formula:
    bound, start = _hundredths(table, "full_at", 10_000, least=1), _hundredths(table, "zero_at", 0)
    if start >= bound:
        raise table.error("zero_at", "不能到了或超过得满分的数", "zero_at 要小于 full_at")
    return Formula(FormulaKind.SHARE, bound=bound, start=start)


def _line(table: Table, weight: int) -> Formula:
    return Formula(FormulaKind.LINE, bound=_hundredths(table, "line"), per=_hundredths(table, "off_each", 0))


def _tiers(table: Table, weight: int) -> Formula:
    steps = []
    for row in table.tables("steps", "bound"):
        steps.append(Step(_hundredths(row, "bound"), _hundredths(row, "points")))
        row.finish()
        if steps[-1].points > weight:
            raise row.error("points", f"超过了这一项的分值 {points_shown(weight)}", "改小，或加大 weight")
    return Formula(FormulaKind.TIERS, steps=tuple(steps))


def _each(table: Table, weight: int) -> Formula:
    return Formula(FormulaKind.COUNT, per=_hundredths(table, "each", least=1))


_MAKERS = {
    FormulaKind.SHARE: _share,
    FormulaKind.LINE: _line,
    FormulaKind.TIERS: _tiers,
    FormulaKind.COUNT: _each,
}


def _cap(table: Table) -> Cap:
    found = Cap(table.one_of("kind", tuple(KINDS)), _hundredths(table, "most"), table.clause())
    table.finish()
    return found


def _veto(table: Table, full: int) -> Veto:
    found = Veto(
        code=table.text("code"),
        name=table.text("name"),
        source=_source(table),
        bound=_hundredths(table, "bound"),
        most=_hundredths(table, "most", full),
        clause=table.clause(),
    )
    table.finish()
    return found


def _award(table: Table) -> Award:
    found = Award(table.text("name"), table.whole("to_rank", least=1), _hundredths(table, "at_least", 0))
    table.finish()
    return found


def _persons(table: Table) -> PersonRule:
    found = PersonRule(
        name=table.text("name"),
        most_people=table.whole("most_people", least=1),
        per_enrolment=_hundredths(table, "per_enrolment"),
        per_follow_up=_hundredths(table, "per_follow_up", 0),
        least_enrolments=table.whole("least_enrolments", 1, least=1),
        most_undone=_hundredths(table, "most_undone_percent"),
        clause=table.clause(),
    )
    table.finish()
    return found


def _subsidy(table: Table) -> SubsidyRule:
    source = _source(table)
    if source.about.unit is not Unit.PERCENT or source.about.lower_is_better:
        raise table.error("figure", f"{source.about.name}不能作完成情况", "用 target、line、coverage 或 subjects")
    tiers = tuple(_subsidy_tier(row) for row in table.tables("tiers", "at_least"))
    found = SubsidyRule(
        source=source,
        tiers=tiers,
        budget_fen=table.money("budget"),
        spends_all=table.one_of("spend", ("at-most", "all")) == "all",
        veto_excludes=table.flag("veto_excludes", default=True),
        clause=table.clause(),
    )
    table.finish()
    bounds = [tier.bound for tier in tiers]
    if bounds != sorted(set(bounds), reverse=True):
        raise table.error("tiers", "档次没有从高到低排，或有重复", "完成情况高的写在前面，每档一个不同的 at_least")
    return found


def _subsidy_tier(table: Table) -> SubsidyTier:
    if table.has("per_head") == table.has("fixed"):
        raise table.error("", "每档要么按人头、要么定额", "写 per_head 或 fixed 其中一个，单位是元")
    per_head = table.has("per_head")
    found = SubsidyTier(_hundredths(table, "at_least"), table.money("per_head" if per_head else "fixed"), per_head)
    table.finish()
    return found


def _check(root: Table, scheme: Scheme) -> None:
    """What no single table shows: weights that add up, codes that are unique, caps and awards that can work."""
    weights = sum(part.weight for part in scheme.indicators if not part.is_bonus)
    if weights != scheme.full:
        raise root.error(
            "indicators",
            f"各项分值加起来是 {points_shown(weights)}，满分是 {points_shown(scheme.full)}",
            "改分值或 points.full；加分项写 bonus = true，不计入满分",
        )
    if scheme.most < scheme.full:
        raise root.error("points.most", "最高分比满分还低", "不小于 points.full，或删掉这一行")
    _check_unique(root, "indicators", [part.code for part in scheme.indicators])
    _check_unique(root, "vetoes", [part.code for part in scheme.vetoes])
    _check_unique(root, "caps", [part.kind for part in scheme.caps])
    kinds = {part.kind for part in scheme.indicators}
    for cap in scheme.caps:
        if cap.kind not in kinds:
            raise root.error(f"caps[{cap.kind}]", "没有这一类指标，封顶不起作用", "删掉这一条，或查对 kind")
    ranks = [award.to_rank for award in scheme.awards]
    if ranks != sorted(set(ranks)):
        raise root.error("commendation.villages", "名次没有从前到后排，或有重复", "第一等写在前面，to_rank 逐档变大")


def _check_unique(root: Table, name: str, codes: list[str]) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise root.error(name, f"“{code}”出现了不止一次", "每一项一个不同的代码")


def _check_order(table: Table, steps: list[tuple[int, int]], source: Source) -> None:
    bounds, points = [bound for bound, _ in steps], [given for _, given in steps]
    ordered = sorted(set(bounds), reverse=not source.about.lower_is_better)
    if bounds != ordered or points != sorted(set(points), reverse=True):
        raise table.error("steps", "档次没有从好到差排，或有重复", "最好的一档写在前面，分数一档比一档低")
