"""One medical claim from the report to the approval through the actions: how many statements, and how many a second.

`at once` is the desk where the family waits: report, losses and decision in one transaction, then the second person's
review. `step by step` is the same in four. The page of a person with fifty earlier events is counted too.
"""

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import median_seconds, progress, report, throwaway_database

EACH = 100  # claims a round
ROUNDS = 5
STATEMENTS_AT_MOST = 20
PAGE_AT_MOST = 10
EVENT = date(2024, 5, 12)
NOW = datetime(2024, 5, 29, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
_CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def main() -> int:
    with throwaway_database():
        progress("insuring people ...")
        return measure(*prepared_people(3 * EACH * (ROUNDS + 1)))


def prepared_people(count: int) -> tuple[Any, Any, list[Any]]:
    """Return two handlers and insured residents of the tests' town."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.claims.acts import handler
    from tests.factories import resident, version

    from ankang.enrolment.actions import enrol

    plan, first, second = version(), handler(), handler()
    from tests.factories import user

    clerk = user("town")
    people = []
    for at in range(count):
        one = resident(birth_date=date(1959, 1, 1) - timedelta(days=at // 400), name="王秀兰")
        enrol(
            by=clerk,
            resident=one,
            version=plan,
            product="A",
            units=1,
            fundings=[("self", 10_000)],
            consent="resident",
            key=f"bench-{at}",
            today=date(2024, 3, 4),
            now=datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai")),
        )
        people.append(one)
    return first, second, people


def measure(first: Any, second: Any, people: list[Any]) -> int:
    waiting = iter(people)
    at_once(first, second, next(waiting))
    counts = {name: statements(act, first, second, next(waiting)) for name, act in _ACTS.items()}
    page = page_statements(first, second, next(waiting))
    seconds = median_seconds(
        {
            name: (lambda act=act: [act(first, second, next(waiting)) for _ in range(EACH)])  # type: ignore[misc]
            for name, act in _ACTS.items()
        },
        ROUNDS,
    )
    report(
        "One medical claim from the report to the approval",
        [
            ("statements, at once and reviewed", counts["at once"], f"at most {STATEMENTS_AT_MOST}"),
            ("statements, step by step", counts["step by step"], ""),
            ("claims a second, at once and reviewed", EACH / seconds["at once"], "/s, 150 asked"),
            ("claims a second, step by step", EACH / seconds["step by step"], "/s"),
            ("statements of the case file after 50 earlier events", page, f"fewer than {PAGE_AT_MOST}"),
        ],
    )
    return 0 if counts["at once"] <= STATEMENTS_AT_MOST and page < PAGE_AT_MOST else 1


_keys = iter(range(10**9))


def at_once(first: Any, second: Any, resident: Any) -> Any:
    from ankang.claims.at_once import report_and_prepare
    from ankang.claims.losses import Losses

    decision = report_and_prepare(
        by=first,
        resident=resident,
        event_on=EVENT,
        cause="accident",
        losses=Losses(medical_expense_fen=100_000, diagnosis="右桡骨骨折"),
        key=f"bench-{next(_keys)}",
        now=NOW,
        what_happened="在家门口滑倒",
    )
    return review(second, decision)


def step_by_step(first: Any, second: Any, resident: Any, event_on: date = EVENT) -> Any:
    from ankang.claims.actions import record_losses, report_claim
    from ankang.claims.deciding import prepare_decision
    from ankang.claims.losses import Losses

    told = {"what_happened": "在家门口滑倒", "key": f"bench-{next(_keys)}", "now": NOW}
    claim = report_claim(by=first, resident=resident, event_on=event_on, cause="accident", **told)
    losses = Losses(medical_expense_fen=25_000, diagnosis="右桡骨骨折")
    record_losses(by=first, claim=claim, losses=losses, key=f"bench-{next(_keys)}", now=NOW)
    decision = prepare_decision(by=first, claim=claim, key=f"bench-{next(_keys)}", now=NOW)
    return review(second, decision)


def review(second: Any, decision: Any) -> Any:
    from ankang.claims.deciding import CHECKS, review_decision

    return review_decision(
        by=second, decision=decision, verdict="approved", checks=CHECKS, key=f"bench-{next(_keys)}", now=NOW
    )


_ACTS = {"at once": at_once, "step by step": step_by_step}


def statements(act: Any, *given: Any) -> int:
    """Return how many statements an act takes, without BEGIN, SAVEPOINT and the like."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act(*given)
    return sum(not query["sql"].startswith(_CONTROL) for query in captured.captured_queries)


def page_statements(first: Any, second: Any, resident: Any) -> int:
    from ankang.claims.casefile import case_file

    for at in range(50):
        done = step_by_step(first, second, resident, EVENT - timedelta(days=at % 40))
    return statements(lambda: case_file(first, done.claim.number, NOW.date()))


if __name__ == "__main__":
    sys.exit(main())
