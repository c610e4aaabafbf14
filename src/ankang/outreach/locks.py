"""Rows taken for change, in the order of their key. Whoever changes who cares for a resident holds the resident."""

from collections.abc import Collection

from django.db.models import Q

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.subjects import eligible_residents
from ankang.outreach.models import Measure
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Programme as Plan


def ticked_residents(village: Division, keys: Collection[int], households: Collection[str]) -> list[Resident]:
    """Return the village's living residents with these keys or in these households, locked (one query)."""
    rows = Resident.objects.select_for_update(no_key=True).filter(village=village, status=Resident.Status.LIVING)
    return list(rows.filter(Q(pk__in=sorted(keys)) | Q(household__in=sorted(households))).order_by("pk"))


def residents_to_divide(by: User, village: Division, plan: Plan) -> list[Resident]:
    """Return all living residents of a village who may join, locked (one query)."""
    rows = eligible_residents(by, plan).filter(village=village)
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def measure_for_change(by: User, measure_id: int) -> Measure:
    """Return one measure of the person's own village, locked. Errors: InvalidInput when it is gone."""
    found = Measure.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=measure_id).first()
    if found is None:
        raise InvalidInput("这条措施已经删掉了，请刷新页面。", field="measure")
    return found  # type: ignore[no-any-return]
