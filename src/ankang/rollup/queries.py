"""The sum of what came, by province, city, district, town or village; who is missing and who is late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from ankang.divisions.models import PREFIX_LENGTH, Division
from ankang.rollup.bundle import read_contents
from ankang.rollup.figures import Contents, People, total
from ankang.rollup.models import ReceivedBundle, Sender


@dataclass(frozen=True, slots=True)
class Line:
    """One area's sum. `as_of`: the oldest instant of the bundles in it."""

    code: str
    name: str
    people: People
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """All that came, summed, and what did not come. Missing and late are divisions, late with their last instant."""

    year: int
    years: tuple[int, ...]
    lines: tuple[Line, ...]
    people: People
    goal_percent: int | None  # None where the senders' goals differ
    senders: int
    missing: tuple[Division, ...]
    late: tuple[tuple[Division, datetime], ...]
    approved_claims: int
    approved_fen: int
    premium_fen: dict[str, int]

    @property
    def received(self) -> int:
        return self.senders - len(self.missing)


def standing(year: int | None, level: str, now: datetime, *, within: timedelta, under: str = "") -> Standing:
    """Return the newest bundle of every sender under a code prefix, summed by the areas of a level (three queries).

    `year` None or without a campaign: the latest year that there is.
    A sender is missing without a bundle that has a campaign of the year, late when its newest is older than `within`.
    """
    senders = list(Sender.objects.filter(division__code__startswith=under).select_related("division"))
    newest = {row.sender_id: row for row in _newest(under)}
    told = [(sender, read_contents(newest[sender.pk].contents)) for sender in senders if sender.pk in newest]
    years = sorted({campaign.year for _, contents in told for campaign in contents.campaigns}, reverse=True)
    if year not in years:
        year = next(iter(years), 0)
    known = [(sender, contents) for sender, contents in told if contents.campaigns_of(year)]
    here = {sender.pk for sender, _ in known}
    campaigns = [campaign for _, contents in known for campaign in contents.campaigns_of(year)]
    goals = {campaign.goal_percent for campaign in campaigns}
    payers = sorted({payer for campaign in campaigns for payer in campaign.premium_fen})
    return Standing(
        year=year,
        years=tuple(years),
        lines=tuple(_lines([contents for _, contents in known], year, level)),
        people=total(contents.people(year) for _, contents in known),
        goal_percent=goals.pop() if len(goals) == 1 else None,
        senders=len(senders),
        missing=tuple(sender.division for sender in senders if sender.pk not in here),
        late=tuple((sender.division, contents.as_of) for sender, contents in known if contents.as_of < now - within),
        approved_claims=sum(campaign.approved_claims for campaign in campaigns),
        approved_fen=sum(campaign.approved_fen for campaign in campaigns),
        premium_fen={payer: sum(campaign.premium_fen.get(payer, 0) for campaign in campaigns) for payer in payers},
    )


def _newest(under: str) -> Iterable[ReceivedBundle]:
    last = ReceivedBundle.objects.filter(sender=OuterRef("sender")).order_by("-number")
    rows = ReceivedBundle.objects.filter(sender__division__code__startswith=under, pk=Subquery(last.values("pk")[:1]))
    return rows.defer("signature_file")


def _lines(told: list[Contents], year: int, level: str) -> Iterator[Line]:
    """Yield the sums by the level's prefix, in the order of codes."""
    length = PREFIX_LENGTH[level]
    sums: dict[str, People] = {}
    oldest: dict[str, datetime] = {}
    names: dict[str, str] = {}
    for contents in told:
        for campaign in contents.campaigns_of(year):
            for village in campaign.villages:
                code = village.code[:length].ljust(12, "0")
                sums[code] = sums.get(code, People()) + village.people
                oldest[code] = min(contents.as_of, oldest.get(code, contents.as_of))
                if level == "village":
                    names[code] = village.name
        names.setdefault(contents.sender, contents.name)
    names = (
        dict(Division.objects.filter(code__in=sums).values_list("code", "name")) | names
        if level != "village"
        else names
    )
    for code in sorted(sums):
        yield Line(code, names.get(code, code), sums[code], oldest[code])
