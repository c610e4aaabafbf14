"""Which figures a text quotes, and which of them come from an earlier freeze."""

import re
from collections.abc import Iterable

from ankang.bulletins.draft import drafted
from ankang.bulletins.figures import Figures, VillageFigures

_QUOTE = re.compile(r"\d+(?:\.\d+)?(?:%|人|名|个村|天)")


def quotes_in(text: str) -> frozenset[str]:
    """Return the figures with their units that a text quotes: 10000人, 62.33%, 9个村, 3天. Separators do not matter."""
    return frozenset(found.replace("名", "人") for found in _QUOTE.findall(re.sub(r"(?<=\d)[,，](?=\d{3})", "", text)))


def stale_quotes(text: str, earlier: Iterable[Figures], now: Figures) -> tuple[str, ...]:
    """Return what the text quotes from an earlier freeze that the present one no longer says, in order of the text."""
    old = frozenset().union(*(quotes_of(figures) for figures in earlier)) - quotes_of(now)
    return tuple(sorted(quotes_in(text) & old, key=lambda quote: text.find(quote.rstrip("人%天"))))


def quotes_of(figures: Figures) -> frozenset[str]:
    """Return every figure that a text may take from these: the drafts' and the tables'."""
    words = [drafted(figures, kind) for kind in ("weekly", "final")]
    said = quotes_in("".join(draft.progress + draft.problems + draft.demands for draft in words))
    return said.union(*(_of_village(one) for one in (figures.total, *figures.villages)))


def _of_village(one: VillageFigures) -> set[str]:
    people = [one.population, one.target, one.line, one.insured, one.target_gap, one.line_gap]
    people += [one.subjects, one.subjects_insured, one.subjects_missing]
    paces = [pace for pace in (one.average, one.required) if pace]
    return {f"{count}人" for count in (*people, *paces)} | {f"{one.percent}%"}
