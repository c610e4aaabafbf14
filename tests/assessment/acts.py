"""An assessment in a small town: a scheme, frozen results, and what is done with one line in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from tests import factories, towns

from ankang.accounts.models import User
from ankang.assessment import commendations, objections, runs, schemes, subsidies
from ankang.assessment.models import AssessmentRun, AssessmentScheme, Objection
from ankang.assessment.reward_models import Commendation, Commended, PublicObjection, SubsidyLine, SubsidyRequest
from ankang.audit.models import AuditEntry
from ankang.divisions.models import Division
from ankang.programmes.models import ProgrammeVersion

OVER = date(2024, 3, 21)  # the first day after the campaign
NOW = datetime(2024, 3, 21, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
PAPER = "镇政发〔2024〕5号"
_keys = count(1)

# Small enough for a town of 10 and 20 people: everything but coverage and subjects is left out.
SMALL = """
schema = 1
id = "small"
name = "小镇考核办法"
programme = "2024-yandu"
[points]
full = 100
rounding = "half-up"
[[indicators]]
code = "target"
name = "完成下达目标"
kind = "coverage"
figure = "target"
weight = 80
formula = { kind = "share" }
clause = "一"
[[indicators]]
code = "plan"
name = "措施"
kind = "outreach"
figure = "measures_done"
weight = 20
formula = { kind = "count", each = 10 }
clause = "二"
[ranking]
[commendation]
publicity_days = 5
clause = "三"
[[commendation.villages]]
name = "先进村"
to_rank = 1
at_least = 10
[commendation.persons]
name = "先进个人"
most_people = 2
per_enrolment = 1
most_undone_percent = 20
clause = "四"
[subsidy]
figure = "target"
budget = 10
spend = "at-most"
clause = "五"
tiers = [{ at_least = 25, per_head = 3 }, { at_least = 5, fixed = 1 }]
"""


def key() -> str:
    return f"assessment-{next(_keys)}"


def town_of(version: ProgrammeVersion, **facts: Any) -> User:
    return factories.user("town", version.programme.division, **facts)


def confirmed(by: User, version: ProgrammeVersion, text: str = SMALL) -> AssessmentScheme:
    draft = schemes.enter_scheme(by=by, programme=version.programme, text=text, now=NOW)
    return schemes.confirm_scheme(by=by, scheme=draft, paper=PAPER, now=NOW)


def frozen(by: User, version: ProgrammeVersion, **facts: Any) -> AssessmentRun:
    """Freeze the results on the day after the campaign, with the small scheme unless one is confirmed."""
    if not version.programme.schemes.filter(confirmed_at__isnull=False).exists():
        confirmed(by, version)
    return runs.freeze_run(**{"by": by, "version": version, "key": key(), "today": OVER, "now": NOW} | facts)


def objected(by: User, run: AssessmentRun, about: str = "measures_done", **facts: Any) -> Objection:
    given = {"text": "第3条措施3月18日已经办完", "key": key(), "now": NOW} | facts
    return objections.raise_objection(by=by, run=run, about=about, **given)


def answered(by: User, objection: Objection, corrected: int | None = 2, *, uphold: bool = True) -> Objection:
    return objections.answer_objection(
        by=by, objection=objection, uphold=uphold, answer="查了台账，属实", corrected=corrected, now=NOW
    )


def prepared_list(by: User, run: AssessmentRun) -> Commendation:
    return commendations.prepare_commendation(by=by, run=run, key=key(), now=NOW)


def public_list(first: User, second: User, run: AssessmentRun) -> Commendation:
    made = prepared_list(first, run)
    return commendations.review_commendation(by=second, commendation=made, approve=True, note="", today=OVER, now=NOW)


def prepared_subsidy(by: User, run: AssessmentRun) -> SubsidyRequest:
    return subsidies.prepare_subsidy(by=by, run=run, key=key(), now=NOW)


def insured_town() -> ProgrammeVersion:
    """A town of two villages: of 10 and 20 people, targets 8 and 17, with four and one insured."""
    version = towns.campaign()
    for serial, people in ((1, 4), (2, 1)):
        for _ in range(people):
            towns.insure(factories.resident(factories.village(serial)), version)
    return version


def rows() -> dict[str, list[dict[str, Any]]]:
    models = [*apps.get_app_config("assessment").get_models(), AuditEntry]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Assert that what happens inside leaves every row of the assessment and the audit as it was."""
    before = rows()
    yield
    assert rows() == before


def run_in(village: Division, manager: User) -> AssessmentRun:
    """Return frozen results of the village's town, under a programme of that town."""
    own = village.parent_id == factories.TOWN
    version = factories.version() if own else towns.campaign(town_code=str(village.parent_id))
    confirmed(manager, version, SMALL.replace("2024-yandu", version.programme.slug))
    return frozen(manager, version)


def commendation_in(run: AssessmentRun) -> Commendation:
    """Return a list with the first village of a run on it."""
    made = Commendation.objects.create(key=key(), run=run, prepared_by=run.frozen_by, prepared_at=NOW)
    row = run.rows.select_related("village").earliest("rank", "pk")
    facts = {"village": row.village, "name": row.village.name, "award": "先进村", "words": "第 1 名"}
    Commended.objects.create(commendation=made, position=1, **facts)
    return made


def against(commendation: Commendation) -> PublicObjection:
    """Return an objection in public against the first on the list."""
    entry = commendation.entries.first()
    facts = {"text": "有一户没上门", "noted_by": commendation.prepared_by, "noted_at": NOW}
    return PublicObjection.objects.create(key=key(), commended=entry, **facts)


def subsidy_in(run: AssessmentRun) -> SubsidyRequest:
    """Return a request of one yuan for the first village of a run."""
    facts = {"prepared_by": run.frozen_by, "prepared_at": NOW, "budget_fen": 100, "total_fen": 100}
    made = SubsidyRequest.objects.create(key=key(), run=run, **facts)
    row = run.rows.earliest("rank", "pk")
    SubsidyLine.objects.create(
        request=made, village_id=row.village_id, serial=1, wanted_fen=100, amount_fen=100, words="定额"
    )
    return made
