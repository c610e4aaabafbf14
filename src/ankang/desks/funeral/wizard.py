"""身故直付, page by page: everything that was said is in the form, so an old phone without JavaScript will do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BaseForm, BoundField
from django.http import HttpRequest, QueryDict

from ankang.claims.death_models import DeathReport
from ankang.claims.death_offers import Death, Offer, check_death, death_offer, words_of
from ankang.claims.deaths import check_heirs
from ankang.claims.paper_lists import papers_on
from ankang.claims.payees import PayeeEntry
from ankang.claims.payout_models import Payee
from ankang.desks.components.case_forms import put_row_errors
from ankang.desks.components.green.words import Sentence, sentences
from ankang.desks.components.ledger import rows_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.funeral.forms import MOST_HEIRS, FactsForm, HeirRows, HeirsForm, StartForm
from ankang.desks.pages import today_of
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError
from ankang.rules.heirs import by_shares
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind
from ankang.rules.trace import decision_json

PREFIX = "payee"
_ROWS = f"{PREFIX}-TOTAL_FORMS"


@dataclass(frozen=True, slots=True)
class HeirsPaper:
    """The page of the heirs as one form, for the list of what is wrong."""

    forms: tuple[BaseForm, ...]
    is_bound: bool

    def non_field_errors(self) -> list[str]:
        return [str(message) for form in self.forms for message in form.non_field_errors()]

    def __iter__(self) -> Iterator[BoundField]:
        for form in self.forms:
            yield from form


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands on the page before the last one. `offer` is None until the facts are known."""

    start: StartForm
    facts: FactsForm
    heirs: HeirsForm
    rows: Any
    death: Death | None = None
    offer: Offer | None = None
    entries: tuple[PayeeEntry, ...] = ()
    page: str = "facts"  # where something is still to be said: facts, heirs or check
    status: int = 200

    @property
    def paper(self) -> HeirsPaper:
        return HeirsPaper((self.heirs, *self.rows.forms), self.heirs.is_bound)

    @property
    def why_not(self) -> str:
        return words_of(self.offer, self.death.cause) if self.offer and self.death else ""

    @property
    def said(self) -> list[Sentence]:
        """The life benefit in plain words."""
        if self.offer is None:
            return []
        return sentences(plan_of(self.offer.version), decision_json(self.offer.outcome), {"life"})

    @property
    def clauses(self) -> list[str]:
        """The clauses that the life benefit stands in."""
        if self.offer is None:
            return []
        rows = rows_of(plan_of(self.offer.version), decision_json(self.offer.outcome))
        life = BENEFIT_NAMES[BenefitKind.LIFE]
        return list(dict.fromkeys(row.clause for row in rows if row.benefit == life and row.amount_fen))

    @property
    def shares(self) -> list[tuple[PayeeEntry, str, int]]:
        """Each heir with what he is to the dead, in words, and what he gets. Fen."""
        if self.offer is None or not self.entries:
            return []
        parts = by_shares(self.offer.life_fen, [one.share for one in self.entries])
        return [(one, Payee.Relation(one.relation).label, part) for one, part in zip(self.entries, parts, strict=True)]


def read(request: HttpRequest, resident: Resident, step: str) -> Answer:
    """Return what the form says so far, and the page that comes next: where something is wrong, that one with 422."""
    data = _with_rows(request.POST, more=step == "more")
    start, today = StartForm(data), today_of(request)
    listed = papers_on(resident, start.cleaned_data["died_on"] if start.is_valid() else today)
    facts = FactsForm(data if step != "find" else None, listed=listed)
    empty = HeirsForm(), HeirRows(prefix=PREFIX)
    if step == "find" or not start.is_valid():
        return Answer(start, facts, *empty)
    if step == "back-facts":
        return Answer(start, FactsForm(initial=_initial(data, facts), listed=listed), *empty)
    if not facts.is_valid():
        return Answer(start, facts, *empty, status=422)
    death = facts.death(start)
    try:
        check_death(death, resident, today)
        offer = death_offer(resident, death)
    except AnkangError as error:
        return Answer(start, facts, *empty, status=put_errors(facts, error))
    known = _after_facts(start, facts, death, offer)
    return known if step == "facts" or known.page == "check" else _heirs(known, data, step)


def _after_facts(start: StartForm, facts: FactsForm, death: Death, offer: Offer) -> Answer:
    """The heirs come next; where nothing is due nobody is asked for them."""
    heirs, rows = HeirsForm(by_card=not offer.is_paid_here), HeirRows(prefix=PREFIX)
    page = "check" if offer.hindrance is DeathReport.Hindrance.UNINSURED else "heirs"
    return Answer(start, facts, heirs, rows, death, offer, page=page)


def _heirs(known: Answer, data: QueryDict, step: str) -> Answer:
    """Return the page of the heirs, or the last one once they may stand together."""
    assert known.death is not None  # both are known once the facts are
    assert known.offer is not None
    by_card = not known.offer.is_paid_here
    if step in ("more", "back-heirs"):
        rows = HeirRows(prefix=PREFIX, initial=_typed(data))
        heirs = HeirsForm(initial={"means": data.get("means"), "declared": data.get("declared")}, by_card=by_card)
        return replace(known, heirs=heirs, rows=rows)
    heirs, rows = HeirsForm(data, by_card=by_card), HeirRows(data, prefix=PREFIX)
    if not all([heirs.is_valid(), rows.is_valid()]):
        _tell_what_is_missing(heirs, rows, is_paid_here=known.offer.is_paid_here)
        return replace(known, heirs=heirs, rows=rows, status=422)
    entries = tuple(row.heir(heirs.cleaned_data["means"]) for row in rows if row.is_filled)
    answer = replace(known, heirs=heirs, rows=rows, entries=entries, page="check")
    try:
        check_heirs(known.offer, known.death, entries, declared=heirs.cleaned_data["declared"])
    except AnkangError as error:
        return replace(answer, page="heirs", status=put_row_errors(rows, heirs, error))
    return answer


def _tell_what_is_missing(heirs: HeirsForm, rows: Any, *, is_paid_here: bool) -> None:
    """Say at once all that is missing, where otherwise one thing after the other would be told."""
    if not is_paid_here:
        return
    if rows.is_valid() and not any(row.is_filled for row in rows):
        rows[0].add_error("name", "至少要有一位继承人来领。")
    if "declared" not in heirs.errors and not heirs.cleaned_data.get("declared"):
        heirs.add_error("declared", "请继承人看过声明、签了字，再勾上。")


def carried(data: QueryDict, shown: set[str]) -> list[tuple[str, str]]:
    """Return what comes along hidden: all that was said, but for the fields of the page that is shown."""
    left_out = shown | {"csrfmiddlewaretoken", "step", "number"}
    return [
        (name, value)
        for name in data
        if name not in left_out and not (PREFIX in shown and name.startswith(f"{PREFIX}-"))
        for value in data.getlist(name)
    ]


def _with_rows(data: QueryDict, *, more: bool) -> QueryDict:
    """Return the form with its number of rows for heirs put right, one more when asked for."""
    copy = data.copy()
    text = data.get(_ROWS, "1")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 1
    copy[_ROWS] = str(min(count + more, MOST_HEIRS))
    copy.setdefault(f"{PREFIX}-INITIAL_FORMS", "0")
    return copy


def _typed(data: QueryDict) -> list[dict[str, str]]:
    names = ("name", "relation", "share", "bank", "account")
    return [
        {name: data.get(f"{PREFIX}-{at}-{name}", "1" if name == "share" else "") for name in names}
        for at in range(int(data.get(_ROWS, "1")))
    ]


def _initial(data: QueryDict, facts: FactsForm) -> dict[str, Any]:
    return {name: data.getlist(name) if name == "papers" else data.get(name, "") for name in facts.fields}
