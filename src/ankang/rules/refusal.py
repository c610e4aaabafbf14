"""Why a claim is not paid, in plain sentences with their clauses: what a refusal letter says. Source: 保险法 24."""

from collections.abc import Sequence
from typing import Any

from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme
from ankang.rules.reasons import REASONS


def refusal_reasons(plan: Programme, outcome: dict[str, Any], held: Sequence[str], word: str) -> list[dict[str, str]]:
    """Return one reason a line that pays nothing, as {benefit, clause, reason}, and the reviewer's own words first.

    `outcome`: a stored decision's; `held`: the codes of the products in force on the event's day; `word`: why the
    reviewer refused. Benefits that a product does not have are left out: nobody asked for them. Where the rules would
    have paid a line, the reviewer's word is the reason for it.
    """
    reasons = [{"benefit": "", "clause": "", "reason": word.strip()}] if word.strip() else []
    if not held:
        return [*reasons, {"benefit": "保障", "clause": "保障期", "reason": "事故当天没有有效的参保"}]
    for line in outcome["lines"]:
        if line["amount_fen"] or line["reason"] == "not_covered" or line["product"] not in held:
            continue
        name = BENEFIT_NAMES[BenefitKind(line["benefit"])]
        several = f"{plan.product(line['product']).name}的" if len(held) > 1 else ""
        reason = REASONS.get(line["reason"], line["reason"])
        reasons.append({"benefit": f"{several}{name}", "clause": line["clause"], "reason": reason})
    return reasons
