"""What the pictures of the claims' figures draw, as plain data, each with the table under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ankang.claims.figures import ClaimFigures, Part
from ankang.rules.money import yuan_shown

_SPANS = ((0, 3, "3天内"), (4, 7, "4—7天"), (8, 15, "8—15天"), (16, 30, "16—30天"), (31, None, "30天以上"))


@dataclass(frozen=True, slots=True)
class Bars:
    """One picture of bars. `words` say it for who cannot see it; `rows` are the table under it."""

    key: str
    title: str
    sub: str
    words: str
    data: dict[str, Any]
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def bars_of(figures: ClaimFigures) -> list[Bars]:
    """Return the pictures by benefit, by age, by cause, and of the days until the money came."""
    return [
        _benefits(figures),
        _parts("age", "按年龄", figures.ages),
        _parts("cause", "按原因", figures.causes),
        _days(figures),
    ]


def cut(rate: float) -> float:
    """Return a rate with one decimal, cut and never rounded up: as the table says it."""
    return int(rate * 10) / 10


def villages_bars(figures: ClaimFigures) -> Bars:
    """Return the picture of claims per thousand insured by village, with the average of all as a line."""
    shown = [one for one in figures.villages if one.per_thousand is not None]
    rates = [(one.name, cut(one.per_thousand or 0)) for one in shown]
    data = _data([name for name, _ in rates], [rate for _, rate in rates], [f"{rate}" for _, rate in rates])
    if figures.total.per_thousand is not None:
        average = cut(figures.total.per_thousand)
        data["mark"] = {"value": average, "words": f"平均 {average}"}
    data["few"] = [at for at, one in enumerate(shown) if one in figures.few]
    words = "每千名参保老人报案：" + _said([(name, f"{rate}件") for name, rate in rates])
    return Bars("villages", "每千名参保老人报案", "浅色的村比平均少一半以上", words, data, (), [])


def _benefits(figures: ClaimFigures) -> Bars:
    rows = [(name, yuan_shown(fen)) for name, fen in figures.benefits]
    data = _data([name for name, _ in rows], [fen / 100 for _, fen in figures.benefits], [text for _, text in rows])
    sub, head = "已同意的赔付，冲回的已减去", ("责任", "应赔（元）")
    return Bars("benefit", "按责任", sub, "各责任应赔：" + _said(rows, "元"), data, head, rows)


def _parts(key: str, title: str, parts: Sequence[Part]) -> Bars:
    names, amounts = [one.name for one in parts], [yuan_shown(one.paid_fen) for one in parts]
    data = _data(names, [one.paid_fen / 100 for one in parts], amounts)
    words = f"{title}应赔：" + _said(list(zip(names, amounts, strict=True)), "元")
    rows = [(one.name, f"{one.reported:,}", f"{one.approved:,}", yuan_shown(one.paid_fen)) for one in parts]
    return Bars(
        key, title, "应赔（元）", words, data, (title.removeprefix("按"), "报案", "同意赔付", "应赔（元）"), rows
    )


def _days(figures: ClaimFigures) -> Bars:
    counts = [
        (name, sum(low <= days and (high is None or days <= high) for days in figures.to_money))
        for low, high, name in _SPANS
    ]
    rows = [(name, f"{count:,}") for name, count in counts]
    data = _data([name for name, _ in counts], [count for _, count in counts], [f"{text} 件" for _, text in rows])
    words = "报案到拿到钱：" + _said(rows, "件")
    return Bars("days", "报案到拿到钱", "已付清的赔案", words, data, ("多少天", "件"), rows)


def _data(labels: list[str], values: Sequence[float], shown: list[str]) -> dict[str, Any]:
    return {"labels": labels, "values": list(values), "shown": shown}


def _said(rows: Sequence[tuple[str, str]], unit: str = "") -> str:
    return "，".join(f"{name}{text}{unit}" for name, text in rows) + "。"
