"""The check-up of a plan: what contradicts itself, what is missing, what looks wrong, before anybody is insured by it.

An error makes the plan unusable; a warning is for the issuing body to settle; an info is a check that held (domain 6).
"""

from collections.abc import Iterator

from ankang.rules.checkup_benefits import check_benefits
from ankang.rules.findings import Finding, Severity
from ankang.rules.money import percent_truncated
from ankang.rules.programme import Programme, Reading, Status
from ankang.rules.readings import TOPICS, choice_words
from ankang.rules.targets import Rounding, TargetTable, computed_target, target_table

__all__ = ["Finding", "check_up"]

_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_TARGETS = "附件1"

# Topics on which a plan that leaves them open is incomplete, rather than ambiguous.
_OUGHT_TO_SAY = {
    "cover-period": ("missing-cover-period", "保障从哪天到哪天"),
    "government-product": ("missing-government-product", "政府给政府购买对象买哪一种、几份"),
    "allowance-days": ("missing-day-cap", "住院津贴的天数上限"),
    "death-window": ("missing-death-window", "事故之后多久身故仍算意外身故"),
    "reward-formula": ("missing-reward-formula", "表彰和工作经费的算法"),
}


def check_up(programme: Programme) -> tuple[Finding, ...]:
    """Return the findings, errors first. Pure: the same plan gives the same findings."""
    found = [*_targets(programme), *check_benefits(programme), *_silences(programme), *_typos(programme)]
    return tuple(sorted(found, key=lambda finding: _RANK[finding.severity]))


def _targets(programme: Programme) -> Iterator[Finding]:
    if not programme.targets:
        yield Finding(
            "no-targets",
            "warning",
            _TARGETS,
            "没有分村的人口数和目标。",
            "填好每个村的人口数和目标（targets.csv）。",
            where="targets",
        )
        return
    table = target_table(programme.targets, programme.goals.coverage_percent)
    yield from _sums(programme, table)
    yield from _rounding(programme)
    yield from _below_line(programme, table)
    yield from _goal_out_of_reach(programme, table)


def _sums(programme: Programme, table: TargetTable) -> Iterator[Finding]:
    if programme.published_totals is None:
        return
    added = (table.town.population, table.town.published)
    figures = {"population": added[0], "target": added[1], "published": list(programme.published_totals)}
    if added == programme.published_totals:
        message = f"合计与各村相加一致：人口 {added[0]:,}，目标 {added[1]:,}。"
        yield Finding("column-sums", "info", _TARGETS, message, "不用改。", figures, "totals")
        return
    said = programme.published_totals
    message = f"合计行写的是人口 {said[0]:,}、目标 {said[1]:,}，各村相加是人口 {added[0]:,}、目标 {added[1]:,}。"
    yield Finding("column-sums", "error", _TARGETS, message, "对照原件查哪一个村抄错了。", figures, "totals")


def _rounding(programme: Programme) -> Iterator[Finding]:
    percent = programme.goals.coverage_percent
    by_rule: dict[str, list[dict[str, object]]] = {"half-up": [], "downward": [], "other": []}
    for row in programme.targets:
        half_up = computed_target(row.population, percent, Rounding.HALF_UP)
        down = computed_target(row.population, percent, Rounding.DOWNWARD)
        rule = "half-up" if row.target == half_up else "downward" if row.target == down else "other"
        by_rule[rule].append({"village": row.village, "population": row.population, "target": row.target})
    odd = by_rule["downward"] + by_rule["other"]
    figures = {"half_up": len(by_rule["half-up"]), "downward": by_rule["downward"], "other": by_rule["other"]}
    if not odd:
        message = f"{len(programme.targets)} 个村的目标都是人口的 {percent}% 四舍五入。"
        yield Finding("target-rounding", "info", _TARGETS, message, "不用改。", figures, "targets")
        return
    named = "、".join(f"{row['village']}（{row['population']:,}→{row['target']:,}）" for row in odd)
    message = f"{len(by_rule['half-up'])} 个村的目标是 {percent}% 四舍五入，{len(odd)} 个村不是：{named}。"
    fix = "请统一取整办法，或说明这几个村的原因。"
    yield Finding("target-rounding", "warning", _TARGETS, message, fix, figures, "targets")


def _below_line(programme: Programme, table: TargetTable) -> Iterator[Finding]:
    pairs = zip(programme.targets, table.villages, strict=True)
    short = [(row, line) for row, line in pairs if line.short_of_line]
    if not short:
        return
    percent = programme.goals.coverage_percent
    figures = {
        "villages": [
            {"village": row.village, "population": row.population, "target": row.target, "line": line.line}
            for row, line in short
        ]
    }
    named = "、".join(f"{row.village}（{row.population:,} 人）" for row, _ in short)
    message = f"{len(short)} 个村就算完成目标，也到不了本村的 {percent}%：{named}。"
    fix = "把这些村的目标加到本村的线，或说明按全镇算。"
    yield Finding("target-below-line", "warning", _TARGETS, message, fix, figures, "targets")


def _goal_out_of_reach(programme: Programme, table: TargetTable) -> Iterator[Finding]:
    town = table.town
    if not town.short_of_line:
        return
    percent = programme.goals.coverage_percent
    reached = percent_truncated(town.published, town.population)
    message = (
        f"目标全部完成是 {town.published:,}/{town.population:,} = {reached}%（只舍不进），离全镇 {percent}% 还差 "
        f"{town.short_of_line:,} 人：全镇要 {town.line:,} 人，逐村都到 {percent}% 要 {table.village_need:,} 人。"
    )
    figures = {
        "published": town.published,
        "population": town.population,
        "needed": town.line,
        "needed_by_village": table.village_need,
        "short": town.short_of_line,
    }
    clause = f"{programme.goals.clause}、{_TARGETS}"
    yield Finding(
        "goal-out-of-reach", "warning", clause, message, "按全镇的线补足目标，不要只看“完成下达目标”。", figures
    )


def _silences(programme: Programme) -> Iterator[Finding]:
    for reading in programme.readings:
        yield _silence(reading)
    if programme.placeholder_names:
        message = "村名、镇名是空的，现在用序号代称。"
        fix = "填上真实的村名和区划代码，出一个新版本。"
        yield Finding("missing-village-names", "warning", _TARGETS, message, fix, where="placeholder_names")


def _silence(reading: Reading) -> Finding:
    code, what = _OUGHT_TO_SAY.get(reading.topic, ("reading", TOPICS[reading.topic].name))
    words, place = choice_words(reading.topic, reading.choice), f"readings.{reading.id}"
    figures = {"reading": reading.id, "choice": reading.choice, "status": reading.status}
    if reading.status is Status.CONFIRMED and reading.confirmation:
        paper = f"{reading.confirmation.by} {reading.confirmation.on}《{reading.confirmation.paper}》"
        message = f"口径 {reading.id} 已确认：{words}（{paper}）。"
        return Finding(code, "info", reading.clause, message, "不用改。", figures, place)
    lead = f"方案没写{what}" if code != "reading" else reading.question
    message = f"{lead}{'。' if code != 'reading' else ''}口径 {reading.id} 先按“{words}”，还没有人确认。"
    severity: Severity = "warning" if code != "reading" or reading.topic == "figure" else "info"
    return Finding(code, severity, reading.clause, message, "请有权的人书面确认，或改选别的口径。", figures, place)


def _typos(programme: Programme) -> Iterator[Finding]:
    for clause, note in programme.typos:
        yield Finding(
            "typo", "info", clause, f"原文笔误：{note}。", "数据里没有用它；请在正式文本里更正。", where="typos"
        )
