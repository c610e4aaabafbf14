"""From which age on a person may stand on the roster."""

from datetime import date

from ankang.rules.days import age_on
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Programme as Plan

OLD_AGE = 80  # of the lists that are named so, whatever a plan pays for
_DEFAULT_JOIN_AGE = 60  # a roster may be collected before its year's plan is here


def youngest_age(plan: Plan | None) -> int:
    """Return the lowest age in whole years: who turns old enough for some product within a year is listed already."""
    joining = (product.join_from_age for product in plan.products) if plan else ()
    return min(joining, default=_DEFAULT_JOIN_AGE) - 1


def require_old_enough(birth_date: date, youngest: int, today: date) -> None:
    """Let pass who may stand on the roster. Errors: InvalidInput with `reason` and `fix`."""
    if age_on(birth_date, today) >= youngest:
        return
    reason = f"不满{youngest + 1}周岁，一年内也不会满"
    fix = "名册只登记老年人；如号码写错请改正，否则不用登记"
    raise InvalidInput(f"{reason}。{fix}。", field="number", reason=reason, fix=fix)
