"""How many people the roster has in each village on a day."""

from datetime import date

from django.db.models import Count, Q

from ankang.accounts.models import User
from ankang.roster.models import Resident
from ankang.rules.days import Birthday, latest_birth


def populations_on(user: User, day: date, age: int, birthday: Birthday) -> dict[str, int]:
    """Return by village code the residents of at least `age` years on a day who had neither died nor left by then.

    Whom the roster got to know later counts too: it keeps no day on which somebody came (one query).
    """
    there = Q(status=Resident.Status.LIVING) | Q(died_on__gt=day) | Q(moved_on__gt=day)
    rows = Resident.objects.visible_to(user).filter(there, birth_date__lte=latest_birth(age, day, birthday))
    return dict(rows.order_by().values_list("village").annotate(Count("pk")))
