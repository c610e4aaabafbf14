"""Settlements: a funding is paid by a posting, or promised by an accepted paper; and how that ends."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from ankang.enrolment.models import Funding
from ankang.money.errors import AlreadyOrdered
from ankang.money.models import Posting, Promise, Settlement


def settle(
    fundings: Iterable[Funding | int], *, posting: Posting | None = None, promise: Promise | None = None
) -> list[Settlement]:
    """Store that these fundings are paid or promised, inside the caller's transaction (one query).

    Errors: AlreadyOrdered when one of them is settled already: nothing is stored then.
    """
    rows = [
        Settlement(funding_id=one if isinstance(one, int) else one.pk, posting=posting, promise=promise)
        for one in fundings
    ]
    try:
        with transaction.atomic():
            return Settlement.objects.bulk_create(rows, batch_size=2000)
    except IntegrityError as error:
        raise AlreadyOrdered("这里有一笔钱已经付过了，没有再记。请刷新页面看还差哪些。") from error


def keep(settlements: Sequence[Settlement], posting: Posting) -> int:
    """Give promised settlements the posting by which the promise was kept; return how many had none yet."""
    rows = Settlement.objects.filter(pk__in=[one.pk for one in settlements], posting__isnull=True, ended_at=None)
    return rows.update(posting=posting)


def end(fundings: Iterable[int], *, at: datetime, by_posting: Posting | None) -> int:
    """End the living settlements of these fundings: their money went back by this posting (none: a promise was taken
    back). Return how many; the caller compares with what it meant to end.
    """
    rows = Settlement.objects.filter(funding__in=list(fundings), ended_at__isnull=True)
    return rows.update(ended_at=at, ended_by=by_posting)
