"""What rests on a programme already: units sold, decisions made, and the readings that these rest on."""

from collections.abc import Sequence

from django.db.models import Count, Q, Sum, TextField
from django.db.models.functions import Cast

from ankang.claims.models import Decision
from ankang.enrolment.models import Holding
from ankang.programmes.models import Programme
from ankang.rules.in_year import InYear


def standing_of(programme: Programme) -> InYear:
    """Return the units sold by product, cancelled and withdrawn ones left out, and the decided claims (2 queries)."""
    sold = Holding.objects.filter(
        enrolment__participation__programme=programme,
        enrolment__cancelled_at__isnull=True,
        enrolment__withdrawn_on__isnull=True,
    )
    units = sold.values_list("product").annotate(sold=Sum("units")).order_by("product")
    decided = Decision.objects.filter(version__programme=programme, verdict=Decision.Verdict.APPROVED).count()
    return InYear(dict(units), decided)


def decisions_on_readings(programme: Programme, readings: Sequence[str]) -> dict[str, int]:
    """Return how many decisions of a programme rest on each reading, by its id (one query)."""
    # An outcome names readings as JSON texts, "K03", and nothing else in it is written so.
    told = Decision.objects.filter(version__programme=programme).annotate(text=Cast("outcome", TextField()))
    counts = {f"n{at}": Count("pk", filter=Q(text__contains=f'"{name}"')) for at, name in enumerate(readings)}
    found = told.aggregate(**counts) if counts else {}
    return {name: found[f"n{at}"] for at, name in enumerate(readings)}
