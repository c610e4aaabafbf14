"""This installation's own figures, by the same query as its dashboards."""

from datetime import datetime

from django.db.models import Sum

from ankang.accounts.models import Desk, User
from ankang.claims.queries import town_figures
from ankang.divisions.models import Division
from ankang.enrolment.coverage import Coverage, town_coverage
from ankang.enrolment.models import Funding
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import newest_versions
from ankang.rollup.figures import Campaign, Contents, People, Village
from ankang.rules.errors import InvalidInput


def own_contents(division: Division, number: int, now: datetime, *, is_sample: bool) -> Contents:
    """Return what this installation can tell of a division now: counts of every programme issued in it.

    Queries: one for the programmes, five for each. Errors: InvalidInput where no programme has a village yet.
    """
    reader = User(desk=Desk.DISTRICT, division=division)
    campaigns = [_campaign(reader, version, now) for version in newest_versions(reader)]
    known = tuple(campaign for campaign in campaigns if campaign.villages)
    if not known:
        raise InvalidInput(
            f"{division.name}还没有方案和村居，没有数可以汇总。请先导入区划、发布方案。", field="division"
        )
    return Contents(division.pk, division.name, number, now, is_sample, known)


def _campaign(reader: User, version: ProgrammeVersion, now: datetime) -> Campaign:
    programme, town = version.programme, town_coverage(reader, version, now.date())
    claims = town_figures(reader, programme, now.date())
    return Campaign(
        slug=programme.slug,
        name=programme.name,
        year=programme.year,
        division=programme.division_id,
        digest=version.digest,
        window_from=programme.window_from,
        window_to=programme.window_to,
        goal_percent=town.plan.goals.coverage_percent,
        villages=tuple(Village(one.code, one.name, _people(one)) for one in town.villages),
        approved_claims=claims.approved,
        approved_fen=claims.approved_fen,
        premium_fen=_premium(reader, programme),
    )


def _people(village: Coverage) -> People:
    return People(
        population=village.population,
        target=village.target.published if village.is_published else 0,
        roster=village.roster,
        insured=village.insured,
        subjects=village.subjects,
        subjects_insured=village.subjects_insured,
    )


def _premium(reader: User, programme: Programme) -> dict[str, int]:
    """Return the premium of the units that stand, by payer, in fen (one query)."""
    standing = Funding.objects.filter(
        holding__enrolment__participation__programme=programme,
        holding__enrolment__village__code__startswith=reader.scope,
        holding__enrolment__cancelled_at=None,
        holding__enrolment__withdrawn_on=None,
    )
    return dict(standing.order_by().values_list("payer").annotate(fen=Sum("amount_fen")))
