"""The state of the page: whom the number means, what can be bought, what it costs, what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from ankang.accounts.models import Desk, User
from ankang.accounts.queries import villages_of
from ankang.desks.components.enrol.entry import PEOPLE, Entry
from ankang.divisions.models import Division
from ankang.enrolment.models import CONSENT_WAYS
from ankang.enrolment.offer import Card, Offer, offer_for
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.models import Resident
from ankang.roster.numbers import SAMPLE_AREAS, number_index
from ankang.roster.queries import find_by_number
from ankang.rules.cover import cover_for
from ankang.rules.eligibility import require_eligible
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.identity import IdentityNumber, parse_number
from ankang.rules.money import yuan_shown
from ankang.rules.premium import PAYER_NAMES, Payer, Quote, is_free_for_all, quote, quote_split
from ankang.rules.programme import Group, Product, Programme

Problem = tuple[str, str]  # (id of the control, message)
_ANCHORS = {
    "consent_missing": "agree",
    "unit_cap": "units-1",
    "mixed_units": "products",
    "not_eligible": "number",
    "resident_not_living": "number",
}
_FIELD_ANCHORS = {
    "name": "name",
    "number": "number",
    "village": "village",
    "phone": "phone",
    "child_phone": "phone",
    "fundings": "paid_self",
    "payer": "payers",
    "units": "units-1",
    "product": "products",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A valid number that is on no roster this person may see: what adding it needs."""

    identity: IdentityNumber
    age: int
    groups: tuple[Group, ...]
    villages: tuple[Division, ...]
    is_elsewhere: bool = False  # another village's roster holds the number: a transfer is asked for


@dataclass(frozen=True, slots=True)
class Share:
    """One payer's field when several pay."""

    payer: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Screen:
    entry: Entry
    version: ProgrammeVersion | None = None
    identity: IdentityNumber | None = None
    offer: Offer | None = None
    missing: Missing | None = None
    card: Card | None = None
    quote: Quote | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_government(self) -> bool:
        """This is government's purchase for a subject, not a choice of the resident's."""
        return bool(self.offer and self.offer.government)

    @property
    def ways(self) -> dict[str, str]:
        return CONSENT_WAYS

    @property
    def consent_needed(self) -> bool:
        return not (self.quote and self.quote.by_government)

    @property
    def product(self) -> Product | None:
        return self.offer.plan.product(self.quote.product) if self.offer and self.quote else None

    @property
    def units(self) -> int:
        return self.quote.units if self.quote else self.entry.units

    @property
    def unit_choices(self) -> range:
        return range(1, self.offer.units_left + 1) if self.offer else range(0)

    @property
    def shares(self) -> list[Share]:
        """The amounts of several payers as typed."""
        typed = dict(self.entry.split)
        return [Share(payer, PAYER_NAMES[payer], typed.get(payer, "")) for payer in PEOPLE]

    @property
    def number_problem(self) -> str:
        """What is wrong with the number, to stand above it."""
        return self._problem("number")

    @property
    def agree_problem(self) -> str:
        return self._problem("agree")

    @property
    def split_problem(self) -> str:
        return self._problem("paid_self")

    @property
    def phone_problem(self) -> str:
        return self._problem("phone")

    @property
    def name_problem(self) -> str:
        return self._problem("name")

    @property
    def village_problem(self) -> str:
        return self._problem("village")

    def _problem(self, anchor: str) -> str:
        return next((message for where, message in self.problems if where == anchor), "")

    @property
    def picks_payer(self) -> bool:
        return bool(self.card and not is_free_for_all(self.card.product))

    @property
    def number_shown(self) -> str:
        """The number as typed, a valid one in groups that are easy to compare with the card."""
        if self.identity is None:
            return self.entry.number
        number = self.identity.number
        return f"{number[:6]} {number[6:14]} {number[14:]}"

    @property
    def payers(self) -> str:
        """`本人`, or several with their amounts."""
        if self.quote is None:
            return "—"
        if len(self.quote.fundings) == 1:
            return PAYER_NAMES[Payer(self.quote.fundings[0][0])]
        return "，".join(f"{PAYER_NAMES[Payer(payer)]} {yuan_shown(amount)}" for payer, amount in self.quote.fundings)

    @property
    def total_fen(self) -> int:
        return self.quote.collected_fen if self.quote else 0

    @property
    def shown(self) -> str:
        """The quote as the page shows it; a button pressed under another one asks to look again."""
        if self.quote is None:
            return ""
        return quote_sign(self.quote.product, self.quote.units, self.quote.fundings)

    @property
    def button(self) -> str:
        """What pressing it does."""
        if self.quote is None:
            return self._first_do
        if not self.total_fen:
            return "确认参保（不收钱）"
        people = [payer for payer, _ in self.quote.fundings if payer != Payer.GOVERNMENT]
        if len(people) == 1:
            return f"确认参保，收{PAYER_NAMES[Payer(people[0])]} {yuan_shown(self.total_fen)} 元"
        return f"确认参保，共收 {yuan_shown(self.total_fen)} 元"

    @property
    def _first_do(self) -> str:
        """What stands in the way of confirming."""
        if self.missing:
            return "先申请转入" if self.missing.is_elsewhere else "先把老人加进名册"
        if self.offer and self.offer.refusal:
            return "这位老人不能登记"
        if self.number_problem:
            return "先改好身份证号"
        return "先改好上面指出的地方" if self.problems else "先填身份证号"

    @property
    def said(self) -> str:
        """One sentence for a screen reader after the page changed."""
        if self.problems:
            return self.problems[0][1]
        if self.offer:
            return f"{self.offer.resident.name}，{self.offer.age_today}周岁。应收{yuan_shown(self.total_fen)}元。"
        if self.missing and self.missing.is_elsewhere:
            return "这个身份证号在其他村居的名册里。"
        return "名册里没有这个身份证号。" if self.missing else ""


def quote_sign(product: str, units: int, fundings: Iterable[tuple[str, int]]) -> str:
    """Return a short text that is equal for equal quotes: `Ax1:self=10000`."""
    parts = dict(fundings)
    return f"{product}x{units}:" + "+".join(f"{payer}={parts[payer]}" for payer in Payer if payer in parts)


def anchor_of(error: AnkangError) -> str:
    """Return the id of the control that an error is about, or "" when it is about none."""
    return _ANCHORS.get(error.code) or _FIELD_ANCHORS.get(str(error.fields.get("field", "")), "")


def refused(screen: Screen, error: AnkangError) -> Screen:
    """Return the same page with what is wrong."""
    return replace(screen, problems=(*screen.problems, (anchor_of(error), error.message)))


def screen_of(user: User, entry: Entry, today: date) -> Screen:
    """Return the page for what the form says (five queries at most).

    The resident is looked for among those that the user may see; elsewhere is nowhere.
    """
    version = campaign_on(today, user.division_id)
    if version is None:
        message = "还没有今年的方案，不能登记。请让镇民政办先发布方案。"
        return Screen(entry, problems=(("", message),))
    screen = Screen(entry, version)
    if not entry.number and entry.resident:
        return _named(screen, user, today)
    if not entry.number and entry.step == "":
        return screen
    try:
        identity = parse_number(entry.number, sample_areas=SAMPLE_AREAS, today=today)
    except InvalidInput as error:
        return replace(screen, problems=(("number", error.message),))
    screen = replace(screen, identity=identity, warnings=identity.warnings)
    resident = find_by_number(user, identity.number)
    if resident is None:
        return _missing(screen, user, plan_of(version), identity, today)
    return _priced(replace(screen, offer=offer_for(resident, version, today)))


def _named(screen: Screen, user: User, today: date) -> Screen:
    """The resident whom the roster's page sent here."""
    rows = Resident.objects.visible_to(user).select_related("village")
    resident = rows.filter(pk=int(screen.entry.resident)).first()
    if resident is None or screen.version is None:
        return replace(screen, problems=(("number", "名册里没有这位老人，请输入身份证号查询。"),))
    return _priced(replace(screen, offer=offer_for(resident, screen.version, today)))


def _missing(screen: Screen, user: User, plan: Programme, identity: IdentityNumber, today: date) -> Screen:
    cover_from, _ = cover_for(plan, today)
    try:
        require_eligible(plan, identity.birth_date, cover_from)
    except AnkangError as error:
        return replace(screen, problems=(("number", error.message),))
    found = () if user.desk == Desk.VILLAGE else tuple(villages_of(user))
    listed = tuple(group for group in plan.groups if group.from_age is None)
    age = plan.age_on(identity.birth_date, today)
    is_elsewhere = Resident.objects.filter(number_index=number_index(identity.number)).exists()
    return replace(screen, missing=Missing(identity, age, listed, found, is_elsewhere))


def _priced(screen: Screen) -> Screen:
    offer = screen.offer
    if offer is None or offer.refusal:
        message = offer.refusal.message if offer and offer.refusal else ""
        return replace(screen, problems=(("number", message),))
    if offer.government:
        return replace(screen, quote=offer.government)
    card = next((card for card in offer.cards if card.product.code == screen.entry.product), offer.cards[0])
    screen = replace(screen, card=card)
    try:
        return replace(screen, quote=_quote(offer, card.product, screen.entry))
    except AnkangError as error:
        return refused(screen, error)


def _quote(offer: Offer, product: Product, entry: Entry) -> Quote:
    units = min(entry.units, offer.units_left) or 1
    amounts = entry.amounts()
    if not amounts:
        return quote(offer.plan, product.code, units, entry.payer)
    government = dict(product.shares).get(Payer.GOVERNMENT, 0) * units
    return quote_split(
        offer.plan, product.code, units, [*([(Payer.GOVERNMENT, government)] if government else []), *amounts]
    )
