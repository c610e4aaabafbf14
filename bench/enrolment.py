"""One enrolment through the action: how many queries, and how fast against its bare parts in the same run.

The bare parts are the same five rows written by plain statements in one transaction each, with no rule asked, no lock
taken, no audit told: what no action can be faster than.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import median_seconds, progress, report, throwaway_database

EACH = 200  # enrolments a round
ROUNDS = 5
QUERIES_AT_MOST = 8


def main() -> int:
    with throwaway_database():
        from ankang.sample.load import build
        from ankang.sample.town import Size, this_years_plan

        progress("building a quarter of the sample town on the window's first day ...")
        size = Size(one_in=4)
        first_day = this_years_plan(size).window_from
        build(today=first_day, size=size)
        return measure(datetime.combine(first_day, datetime.min.time(), ZoneInfo("Asia/Shanghai")) + timedelta(hours=9))


def measure(now: datetime) -> int:
    from ankang.accounts.models import User
    from ankang.programmes.models import ProgrammeVersion
    from ankang.roster.models import Resident

    version = ProgrammeVersion.objects.select_related("programme").get(programme__year=now.year)
    town = User.objects.select_related("division").get(username="town")
    own = Resident.objects.filter(
        status="living", birth_date__year__range=(1946, 1962), memberships=None
    )  # no subjects
    waiting = iter(list(own.order_by("pk")))
    first, second = (queries_of(town, resident, version, now) for resident in (next(waiting), next(waiting)))
    seconds = median_seconds(
        {
            "action": lambda: [enrol_one(town, next(waiting), version, now) for _ in range(EACH)],
            "bare": lambda: [bare_one(town, next(waiting), version, now) for _ in range(EACH)],
        },
        ROUNDS,
    )
    report(
        "One enrolment through the action",
        [
            ("queries of a first enrolment", first[0], f"at most {QUERIES_AT_MOST}"),
            ("queries of a second one of the same person", second[1], f"at most {QUERIES_AT_MOST}"),
            ("enrolments a second, action", EACH / seconds["action"], "/s"),
            ("enrolments a second, five bare rows", EACH / seconds["bare"], "/s"),
            ("action against bare", seconds["bare"] / seconds["action"], "of the bare speed"),
        ],
    )
    return 0 if max(*first, *second) <= QUERIES_AT_MOST else 1


def queries_of(by: Any, resident: Any, version: Any, now: datetime) -> tuple[int, int]:
    """Return how many statements a person's first and second enrolment take, without BEGIN, SAVEPOINT and the like."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            enrol_one(by, resident, version, now)
        control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
        counts.append(sum(not query["sql"].startswith(control) for query in captured.captured_queries))
    return counts[0], counts[1]


_keys = iter(range(10**9))


def enrol_one(by: Any, resident: Any, version: Any, now: datetime) -> None:
    from ankang.enrolment.actions import enrol

    enrol(
        by=by,
        resident=resident,
        version=version,
        product="A",
        units=1,
        fundings=[("self", 10_000)],
        consent="resident",
        key=f"bench-{next(_keys)}",
        today=now.date(),
        now=now,
    )


def bare_one(by: Any, resident: Any, version: Any, now: datetime) -> None:
    """Write the five rows of an enrolment by plain statements, committed together."""
    from django.db import connection, transaction

    day, village = now.date(), resident.village_id
    with transaction.atomic(), connection.cursor() as cursor:
        participation = insert(
            cursor,
            "enrolment_participation",
            resident_id=resident.pk,
            programme_id=version.programme_id,
            village_id=village,
            units=1,
            capped_units=1,
            unit_cap=2,
            first_enrolled_on=day,
        )
        enrolment = insert(
            cursor,
            "enrolment_enrolment",
            key=f"bench-{next(_keys)}",
            participation_id=participation,
            village_id=village,
            version_id=version.pk,
            channel="single",
            enrolled_on=day,
            enrolled_at=str(now) if connection.vendor == "sqlite" else now,
            by_id=by.pk,
            consent="resident",
        )
        holding = insert(
            cursor,
            "enrolment_holding",
            enrolment_id=enrolment,
            product="A",
            units=1,
            unit_price_fen=10_000,
            cover_from=day,
            cover_to=day,
        )
        insert(cursor, "enrolment_funding", holding_id=holding, payer="self", amount_fen=10_000)
        insert(
            cursor,
            "audit_auditentry",
            at=str(now) if connection.vendor == "sqlite" else now,
            actor_id=by.pk,
            division_code=village,
            action="enrolment.enrol",
            subject_type="enrolment.Enrolment",
            subject_id=str(enrolment),
            detail="{}",
        )


def insert(cursor: Any, table: str, **values: Any) -> int:
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING id', list(values.values()))
    return int(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
