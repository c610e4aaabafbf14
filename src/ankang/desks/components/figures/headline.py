"""The sentence at the top of the dashboard: how far it gets by the last day, and how many people that is short."""

from dataclasses import dataclass
from fractions import Fraction

from ankang.enrolment.coverage import TownCoverage
from ankang.rules.days import short_day_words
from ankang.rules.money import percent_truncated
from ankang.rules.pace import Course

_NAMED = 6


@dataclass(frozen=True, slots=True)
class Headline:
    """`tone`: ok, warn, bad or info. `conclusion` is the sentence, `detail` the figures that it rests on."""

    tone: str
    conclusion: str
    detail: str


def headline(town: TownCoverage) -> Headline:
    """Return what the figures say, before, in and after the window."""
    total = town.total
    if town.today < town.window.opens:
        return _before(town)
    if total.reached_goal:
        return _reached(town)
    if town.today > town.window.closes:
        return _after(town)
    if total.pace.forecast is None:
        return _early(town)
    return _short(town) if total.pace.forecast_gap else _on_course(town)


def _before(town: TownCoverage) -> Headline:
    total, wait = town.total, (town.window.opens - town.today).days
    return Headline(
        "info",
        f"{short_day_words(town.window.opens)}开始推进，还有 {wait} 天",
        f"名册上有 {total.roster:,} 人；到 {total.target.percent}% 要 {total.target.line:,} 人，"
        f"推进期内平均每天 {_up(total.pace.required)} 人。",
    )


def _early(town: TownCoverage) -> Headline:
    total, day = town.total, town.window.days_gone(town.today) + 1
    return Headline(
        "info",
        f"推进第 {day} 天，已参保 {total.insured:,} 人，离 {total.target.percent}% 还差 {total.pace.gap:,} 人",
        f"要到 {total.target.percent}%，今天起每天要 {_up(total.pace.required)} 人。满 3 天后开始推算。",
    )


def _short(town: TownCoverage) -> Headline:
    total = town.total
    assert total.pace.forecast is not None
    return Headline(
        "warn" if total.pace.course is Course.SLOW else "bad",
        f"按现在的速度，{short_day_words(town.window.closes)}只能到 "
        f"{percent_truncated(total.pace.forecast.people, total.population)}%，还差 {total.pace.forecast_gap:,} 人",
        f"近7天平均每天 {_down(total.pace.average)} 人；要到 {total.target.percent}%，"
        f"今天起每天要 {_up(total.pace.required)} 人。{_behind(town)}",
    )


def _on_course(town: TownCoverage) -> Headline:
    total = town.total
    assert total.pace.forecast is not None
    return Headline(
        "ok",
        f"按现在的速度，{short_day_words(town.window.closes)}能到 "
        f"{percent_truncated(total.pace.forecast.people, total.population)}%，"
        f"比 {total.target.percent}% 多 {total.pace.forecast.people - total.target.line:,} 人",
        f"近7天平均每天 {_down(total.pace.average)} 人，每天有 {_up(total.pace.required)} 人就够。{_behind(town)}",
    )


def _reached(town: TownCoverage) -> Headline:
    total = town.total
    percent, is_over = percent_truncated(total.insured, total.population), town.today > town.window.closes
    return Headline(
        "warn" if total.subjects_missing else "ok",
        f"{'推进期已结束，' if is_over else ''}已达到 {total.target.percent}%：参保 {total.insured:,} 人，{percent}%",
        f"比 {total.target.percent}% 线多 {total.insured - total.target.line:,} 人。{_subjects(town)}{_behind(town)}",
    )


def _after(town: TownCoverage) -> Headline:
    total = town.total
    return Headline(
        "bad",
        f"推进期已结束，参保 {percent_truncated(total.insured, total.population)}%，"
        f"离 {total.target.percent}% 差 {total.pace.gap:,} 人",
        f"参保 {total.insured:,} 人，{total.target.percent}% 要 {total.target.line:,} 人。"
        f"{_subjects(town)}{_behind(town)}",
    )


def _subjects(town: TownCoverage) -> str:
    missing = town.total.subjects_missing
    return f"政府购买对象还有 {missing:,} 人没参保。" if missing else ""


def _behind(town: TownCoverage) -> str:
    names = [one.name for one in town.villages if one.pace.course in {Course.BEHIND, Course.MISSED}]
    if not names or len(town.villages) == 1:
        return ""
    word = "未达标" if town.today > town.window.closes else "落后"
    return f"{word} {len(names)} 个{town.part_word}：{'、'.join(names[:_NAMED])}{'等' if len(names) > _NAMED else ''}。"


def _down(people: Fraction | None) -> str:
    return "0" if people is None else f"{people.numerator // people.denominator:,}"


def _up(people: Fraction | None) -> str:
    return "0" if people is None else f"{-(-people.numerator // people.denominator):,}"
