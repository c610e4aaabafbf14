"""Who gets a claim's money: the insured, an agent, or the heirs with their shares; an account or cash at the window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Subquery

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.payout_models import Payee, Payout
from ankang.claims.permissions import Permit, require_handler
from ankang.claims.steps import add_step, done_before, hold
from ankang.privacy.cipher import blind_index
from ankang.rules.bankcard import card_number
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.heirs import FIRST, SECOND, Heir, order_of

Kind = ClaimStep.Kind
PURPOSE = "claims.payee.account"


@dataclass(frozen=True, slots=True)
class PayeeEntry:
    """One payee as entered. `account` is what was typed; empty with cash. `share` is a weight among several."""

    name: str
    relation: str
    means: str
    bank: str = ""
    account: str = ""
    share: int = 1


@transaction.atomic
def enter_payees(
    *,
    by: User,
    claim: Claim,
    payees: Sequence[PayeeEntry],
    key: str,
    now: datetime,
    permit: Permit = require_handler,
) -> list[Payee]:
    """Write down who gets the money of the claim's present round, in place of whom was written before.

    Several only as heirs of somebody who died (保险法 42, 民法典 1127); `rules.heirs` says who may stand together.
    Errors: NotAllowed; InvalidInput (`errors` by `payee-0-account` and the like); Conflict once money was ordered, or
    the claim is refused or withdrawn.
    """
    permit(by, claim.village_id)
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.PAYEE, claim):
        return list(held.payees.filter(replaced_at__isnull=True, round=held.round))
    if held.status in (Claim.Status.REFUSED, Claim.Status.WITHDRAWN):
        raise Conflict(f"案号 {held.number} {held.get_status_display()}，没有要付的钱，不用登记收款人。")
    if _is_being_paid(held):
        raise Conflict("这次审理的钱已经申请付款，不能再改收款人。付款退回以后，在那一笔上改。")
    checked = check_payees(payees, held)
    held.payees.filter(replaced_at__isnull=True).update(replaced_at=now)
    whole = sum(one.share for one in checked)
    rows = [store_payee(held, one, whole, by=by, now=now) for one in checked]
    add_step(held, Kind.PAYEE, by=by, key=key, now=now, note=f"{len(rows)} 人", payees=len(rows))
    return rows


def _is_being_paid(held: Claim) -> bool:
    """Whether money of this round is on its way, or the newest decision is paid: what a certain part got, may stand."""
    moving = Q(state__in=(Payout.State.ORDERED, Payout.State.RELEASED, Payout.State.FAILED))
    decided = held.decisions.filter(round=held.round, verdict="approved").order_by("-sequence").values("pk")[:1]
    paid = Q(state=Payout.State.PAID, decision=Subquery(decided))
    return Payout.objects.filter(moving | paid, claim=held, decision__round=held.round).exists()


def store_payee(claim: Claim, entry: PayeeEntry, whole: int, *, by: User, now: datetime) -> Payee:
    """Store one checked payee with the share it has of `whole`, inside the caller's transaction."""
    is_bank = entry.means == Payee.Means.BANK
    return Payee.objects.create(
        claim=claim,
        round=claim.round,
        name=entry.name,
        relation=entry.relation,
        means=entry.means,
        bank=entry.bank if is_bank else "",
        account=entry.account if is_bank else None,
        account_index=blind_index(entry.account, PURPOSE) if is_bank else "",
        account_tail=entry.account[-4:] if is_bank else "",
        share_of=entry.share,
        share_all=whole,
        entered_by=by,
        entered_at=now,
    )


def checked_entry(entry: PayeeEntry, place: int = 0) -> tuple[PayeeEntry, dict[str, str]]:
    """Return the entry put straight, and what is wrong with it, by field name."""
    errors = {}
    name, bank, account = entry.name.strip(), entry.bank.strip(), entry.account
    if not name:
        errors[f"payee-{place}-name"] = f"第{place + 1}位收款人：请写姓名，和银行卡、身份证上的一样。"
    if entry.relation not in Payee.Relation.values:
        errors[f"payee-{place}-relation"] = f"第{place + 1}位收款人：请选和被保险人的关系。"
    if entry.means == Payee.Means.BANK:
        if not bank:
            errors[f"payee-{place}-bank"] = f"第{place + 1}位收款人：请写开户行，例如“农业银行学富支行”。"
        try:
            account = card_number(account)
        except InvalidInput as error:
            errors[f"payee-{place}-account"] = f"第{place + 1}位收款人：{error.message}"
    elif entry.means != Payee.Means.CASH:
        errors[f"payee-{place}-means"] = f"第{place + 1}位收款人：请选银行转账或窗口现金。"
    if entry.share < 1:
        errors[f"payee-{place}-share"] = f"第{place + 1}位收款人：份额至少是 1。"
    return replace(entry, name=name, bank=bank, account=account), errors


@transaction.atomic
def look_at_account(*, by: User, payee: Payee) -> str:
    """Return a payee's whole account number, and write who looked into the audit. Errors: NotAllowed."""
    require_handler(by, payee.claim.village_id)
    record(by=by, action="claims.looked_at_account", subject=payee.claim, division_code=payee.claim.village_id)
    return payee.account.reveal() if payee.account is not None else ""


def check_payees(payees: Sequence[PayeeEntry], claim: Claim) -> list[PayeeEntry]:
    """Return the payees of a claim put straight. Errors: InvalidInput (`errors` by `payee-0-account` and the like)."""
    rows: list[PayeeEntry] = []
    errors: dict[str, str] = {}
    for place, entry in enumerate(payees):
        row, wrong = checked_entry(entry, place)
        rows.append(row)
        errors |= wrong
    if not rows:
        errors["payee-0-name"] = "至少要有一位收款人。"
    if not errors:
        errors |= _faults_together(rows, claim)
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
    return rows


def _faults_together(rows: Sequence[PayeeEntry], claim: Claim) -> dict[str, str]:
    """Whether these people may stand together: one person for the living, the heirs of the dead."""
    if claim.died_on is None:
        if len(rows) > 1:
            return {"payee-1-name": "老人健在，收款人只写一位：本人，或者本人书面委托的代领人。"}
        return {}
    heirs = FIRST | SECOND
    if any(row.relation == Payee.Relation.INSURED for row in rows):
        return {"payee-0-relation": "老人已经身故，收款人要写继承人（保险法第42条）。"}
    named = [row for row in rows if row.relation in heirs]
    if len(named) < len(rows):
        return {} if len(rows) == 1 else {"payee-0-relation": "代领人不能和继承人写在一起，请只写继承人。"}
    try:
        order_of([Heir(row.relation, row.share) for row in named])
    except InvalidInput as error:
        return {"payee-0-relation": error.message}
    return {}
