"""What a dashboard shows of any place: headline, tiles, three figures, chart and ranking, all of one coverage."""

from collections.abc import Callable
from dataclasses import dataclass

from ankang.desks.components.figures.chart import chart
from ankang.desks.components.figures.headline import headline
from ankang.desks.components.figures.ranking import SORTS, counts_by_tone, ranking, total_row
from ankang.enrolment.coverage import Need, TownCoverage, need_of
from ankang.rules.days import short_day_words
from ankang.rules.money import percent_truncated


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three figures: what it is, how many people it takes, how many are missing; None: not published."""

    name: str
    needed: int | None
    missing: int
    words: str


def three_figures(town: TownCoverage, whole: Need) -> tuple[Figure, ...]:
    """Return the published target, the places' own lines and what the whole town needs: three different questions.

    `whole` is the town that the places lie in: of a village's page it is more than the page shows.
    """
    total, percent = town.total, town.total.target.percent
    lines = sum(one.target.gap(one.insured) for one in town.villages)
    own = "本" if len(town.villages) == 1 else "各"
    return (
        Figure(
            "下达目标", total.target.published if total.is_published else None, total.published_gap, "附件1下达的人数"
        ),
        Figure(
            f"{own}{town.part_word}{percent}%线", town.village_need, lines, f"{own}{town.part_word}自己到{percent}%"
        ),
        Figure(f"全{_whole(town)}{percent}%线", whole.line, whole.missing, f"全{_whole(town)}合起来到{percent}%"),
    )


def frame(
    town: TownCoverage,
    sort: str = "coverage",
    link: Callable[[str], str] = lambda _code: "",
    whole: Need | None = None,
) -> dict[str, object]:
    """Return the context of `desks/components/figures/*.html`. `link` gives the address of a place by its code."""
    rows, total = ranking(town, sort, link), town.total
    return {
        "town": town,
        "total": total,
        "three": three_figures(town, whole or need_of(total)),
        "headline": headline(town),
        "rows": rows,
        "total_row": total_row(town),
        "counts": counts_by_tone(rows),
        "sort": sort,
        "sorts": SORTS,
        "chart": chart(town),
        "closes": short_day_words(town.window.closes),
        "opens": short_day_words(town.window.opens),
        "days_left": town.window.days_left(town.today),
        "days_gone": town.window.days_gone(town.today),
        "has_begun": town.today >= town.window.opens,
        "has_ended": town.today > town.window.closes,
        "percent": percent_truncated(total.insured, total.population),
        "subjects_percent": percent_truncated(total.subjects_insured, total.subjects),
        "whole_word": f"全{_whole(town)}",
    }


def sort_of(asked: str) -> str:
    """Return the order that an address asks for, the usual one for what is none."""
    return asked if asked in SORTS else "coverage"


def _whole(town: TownCoverage) -> str:
    return "区" if town.part_word == "镇" else "镇"
