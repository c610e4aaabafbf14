"""The overview of the cross-checks at 200,000 residents: how many queries the whole page takes, and how long."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from dashboard import EACH, TODAY, TOWN, VILLAGES, build
from timing import median_seconds, progress, report, throwaway_database

ROUNDS = 3
QUERIES_AT_MOST = 7  # five of every page, the campaign, all counts


def main() -> int:
    with throwaway_database():
        progress(f"building a town of {VILLAGES * EACH:,} residents ...")
        build()
        name_apart()
        return measure()


def name_apart() -> None:
    """The dashboard's town knows one name: 200 people of each birthday would all look like one person."""
    from django.db.models import CharField, F, Value
    from django.db.models.functions import Cast, Concat, Mod

    from ankang.roster.models import Resident

    Resident.objects.update(name=Concat(Value("测速"), Cast(Mod(F("pk"), 150_000), CharField())))


def measure() -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings
    from tests.logins import logged_in

    from ankang.accounts.models import User
    from ankang.enrolment.cross_check_queries import counts, open_findings
    from ankang.enrolment.cross_checks import CHECKS, Ground
    from ankang.programmes.queries import campaign_on

    clerk = User.objects.select_related("division").get(username="bench-town")
    version = campaign_on(TODAY, TOWN)
    assert version is not None
    ground, client = Ground(clerk, version, TODAY), logged_in(clerk)
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=plain, ALLOWED_HOSTS=["testserver"]):
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/town/checkup/lists/").status_code == 200
        queries = [query for query in asked.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
        seconds = median_seconds(
            {"page": lambda: client.get("/town/checkup/lists/"), "counts": lambda: counts(ground)}, ROUNDS
        )
    for check in CHECKS:
        alone = median_seconds({"one": lambda check=check: open_findings(ground, check).count()}, 1)
        progress(f"  {alone['one'] * 1000:8.0f} ms  {check.code}")
    report(
        f"The cross-checks of {VILLAGES * EACH:,} residents, {connection.vendor}",
        [
            ("queries of the whole page", len(queries), f"at most {QUERIES_AT_MOST}"),
            ("the whole page", seconds["page"] * 1000, "ms"),
            ("of that, all counts in one query", seconds["counts"] * 1000, "ms"),
        ],
    )
    return 0 if len(queries) <= QUERIES_AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
