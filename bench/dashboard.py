"""The town's dashboard at 200,000 residents: how many queries the whole page takes, and how long.

    .venv/bin/python bench/dashboard.py [--villages 500] [--each 4000] [--json FILE]

`--villages` (999 at most: codes have three digits) of `--each` residents: to see how it grows. The village's page,
the panel of who is insured and the district's page are timed beside it.

The town is synthetic and of one piece (200 villages of 1,000), because that is the hardest for the grouped queries.
70 % are insured over 32 days, a tenth of them in bulk and every third with a second enrolment; one in ten stands on a
list, a quarter of those on two; one in a hundred of the insured has died.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from timing import median_seconds, progress, report, throwaway_database

TODAY = date(2024, 3, 4)
ROUNDS = 5
QUERIES_AT_MOST = 12
TOWN = "320903199000"


def _size() -> tuple[int, int]:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--villages", type=int, default=200)
    parser.add_argument("--each", type=int, default=1000)
    asked = parser.parse_known_args()[0]
    return asked.villages, asked.each


VILLAGES, EACH = _size()


def main() -> int:
    with throwaway_database():
        progress(f"building a town of {VILLAGES * EACH:,} residents ...")
        build()
        return measure()


def measure() -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings
    from tests.logins import logged_in

    from ankang.accounts.models import User
    from ankang.enrolment.coverage import town_coverage
    from ankang.programmes.queries import campaign_on

    clerk = User.objects.select_related("division").get(username="bench-town")
    client = logged_in(clerk)
    worker = logged_in(User.objects.select_related("division").get(username="bench-village"))
    leader = logged_in(User.objects.select_related("division").get(username="bench-district"))
    version = campaign_on(TODAY, TOWN)
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=plain, ALLOWED_HOSTS=["testserver"]):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get("/town/")
        assert answer.status_code == 200, answer.status_code
        queries = [query for query in asked.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
        seconds = median_seconds(
            {
                "page": lambda: client.get("/town/"),
                "coverage": lambda: town_coverage(clerk, version, TODAY),
                "people": lambda: client.get("/town/people/"),
                "village": lambda: worker.get("/village/board/"),
                "district": lambda: leader.get("/district/"),
            },
            ROUNDS,
        )
        begun = time.process_time()
        client.get("/town/")
        on_processor = time.process_time() - begun
    for query in sorted(queries, key=lambda query: -float(query["time"]))[:3]:
        progress(f"  {query['time']} s  {query['sql'][:100]}")
    report(
        f"The dashboard of {VILLAGES * EACH:,} residents, {connection.vendor}",
        [
            ("queries of the whole page", len(queries), f"at most {QUERIES_AT_MOST}"),
            ("the whole page", seconds["page"] * 1000, "ms"),
            ("of that, coverage in three queries", seconds["coverage"] * 1000, "ms"),
            ("the whole page, processor time of this process", on_processor * 1000, "ms"),
            ("who is insured, the panel loaded after it", seconds["people"] * 1000, "ms"),
            ("a village's own page", seconds["village"] * 1000, "ms"),
            ("the district's page", seconds["district"] * 1000, "ms"),
        ],
    )
    return 0 if len(queries) <= QUERIES_AT_MOST else 1


def build() -> None:
    from dataclasses import replace

    from django.db import connection, transaction

    from ankang.accounts.models import User
    from ankang.divisions.models import Division
    from ankang.installation.models import Installation
    from ankang.programmes.actions import publish_version
    from ankang.rules.programme import TargetRow
    from ankang.sample.town import create_divisions, last_years_plan, this_years_plan

    rows = tuple(TargetRow(at, f"{at}村", EACH, EACH * 85 // 100) for at in range(1, VILLAGES + 1))
    plan = replace(this_years_plan(), targets=rows)
    with transaction.atomic():
        villages = create_divisions(plan)
        Installation.objects.create(is_sample=True, demo_today=TODAY)
        town = Division.objects.get(code=TOWN)
        clerk = User.objects.create(username="bench-town", full_name="测速", desk="town", division=town)
        User.objects.create(username="bench-village", full_name="测速", desk="village", division=villages[1])
        district = Division.objects.get(code=TOWN[:6].ljust(12, "0"))
        User.objects.create(username="bench-district", full_name="测速", desk="district", division=district)
        at = datetime(2024, 1, 25, tzinfo=UTC)
        version = publish_version(plan=plan, division=town, by=None, at=at, is_sample=True)
        publish_version(plan=last_years_plan(plan), division=town, by=None, at=at, is_sample=True)
        store(clerk, version, [villages[row.serial].code for row in rows])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def store(clerk: Any, version: Any, codes: list[str]) -> None:
    from ankang.enrolment.models import Enrolment, Participation
    from ankang.roster.models import GroupMembership, Resident

    residents = put(Resident, (resident(Resident, code, at) for code in codes for at in range(EACH)))
    put(GroupMembership, (row for one in residents for row in memberships(GroupMembership, one)))
    insured = [one for at, one in enumerate(residents) if at % 10 < 7]
    joined = put(
        Participation,
        (
            Participation(
                resident=one,
                programme=version.programme,
                village_id=one.village_id,
                units=1,
                capped_units=1,
                unit_cap=2,
                first_enrolled_on=day_of(at),
            )
            for at, one in enumerate(insured)
        ),
    )
    numbers = count()
    put(
        Enrolment,
        (
            Enrolment(
                key=f"bench-{next(numbers)}",
                participation=row,
                village_id=row.village_id,
                version=version,
                channel="batch" if at % 10 == 0 else "single",
                enrolled_on=row.first_enrolled_on + timedelta(days=later),
                enrolled_at=datetime(2024, 2, 1, tzinfo=UTC),
                by=clerk,
                consent="resident",
            )
            for at, row in enumerate(joined)
            for later in ((0, 1) if at % 3 == 0 else (0,))
        ),
    )


def put(model: Any, rows: Iterator[Any]) -> list[Any]:
    made = model.objects.bulk_create(rows, batch_size=2000)
    progress(f"  {len(made):,} rows of {model.__name__}")
    return made  # type: ignore[no-any-return]


def resident(model: Any, code: str, at: int) -> Any:
    is_dead = at % 100 == 5
    return model(
        village_id=code,
        name="测速",
        initials="cs",
        number_index=f"{code}{at:052d}",
        number_tail="0000",
        birth_date=date(1964 - at % 38, 1 + at % 12, 1 + at % 28) - timedelta(days=100),
        sex="1",
        status="dead" if is_dead else "living",
        died_on=TODAY if is_dead else None,
        is_sample=True,
    )


def memberships(model: Any, resident: Any) -> list[Any]:
    groups = ("dibao", "wubao")[: 1 + (resident.pk % 40 == 0)] if resident.pk % 10 == 0 else ()
    return [
        model(resident=resident, village_id=resident.village_id, group=group, from_on=date(2023, 1, 1))
        for group in groups
    ]


def day_of(at: int) -> date:
    return date(2024, 2, 1) + timedelta(days=at % 32)


if __name__ == "__main__":
    sys.exit(main())
