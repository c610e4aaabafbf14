"""The one home of locked rows of an assessment. Whatever makes a new version holds the programme first."""

from ankang.assessment.models import AssessmentScheme, Objection
from ankang.assessment.reward_models import Commendation, PublicObjection, SubsidyRequest
from ankang.programmes.models import Programme


def programme_held(programme_id: int) -> Programme:
    """Return the programme's row, locked (one query). Errors: Programme.DoesNotExist."""
    return Programme.objects.select_for_update(of=("self",), no_key=True).get(pk=programme_id)


def scheme_for_update(pk: int) -> AssessmentScheme:
    """Return the scheme, locked, with its programme (one query)."""
    rows = AssessmentScheme.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("programme").get(pk=pk)


def objection_for_update(pk: int) -> Objection:
    """Return the objection, locked, with its run (one query)."""
    rows = Objection.objects.select_for_update(of=("self",), no_key=True)
    found: Objection = rows.select_related("run__programme").get(pk=pk)
    return found


def commendation_for_update(pk: int) -> Commendation:
    """Return the commendation, locked, with its run (one query)."""
    rows = Commendation.objects.select_for_update(of=("self",), no_key=True)
    found: Commendation = rows.select_related("run__programme", "run__scheme").get(pk=pk)
    return found


def public_objection_for_update(pk: int) -> PublicObjection:
    """Return an objection in public, locked with its commendation, so that finishing waits for the answer."""
    rows = PublicObjection.objects.select_for_update(of=("self", "commended__commendation"), no_key=True)
    return rows.select_related("commended__commendation__run__programme").get(pk=pk)


def subsidy_for_update(pk: int) -> SubsidyRequest:
    """Return the request, locked, with its run (one query)."""
    rows = SubsidyRequest.objects.select_for_update(of=("self",), no_key=True)
    found: SubsidyRequest = rows.select_related("run__programme").get(pk=pk)
    return found
