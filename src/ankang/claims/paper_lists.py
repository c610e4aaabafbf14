"""The list of papers that holds for a programme, a claim's situations, and what it lacks."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.cases import programme_of
from ankang.claims.document_models import PaperNotice, PaperRules
from ankang.claims.models import Claim
from ankang.programmes.locks import programme_for_update
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.rules.documents import Need, Paper, PaperList, Situation, read_papers, standard_papers
from ankang.rules.errors import InvalidInput, NotAllowed


def papers_of(programme: Programme) -> PaperList:
    """Return the list that holds for a programme: its own last one, else the standard one (one query)."""
    own = PaperRules.objects.filter(programme=programme).order_by("-number").first()
    return read_papers(own.document) if own else standard_papers()


def papers_on(resident: Resident, day: date) -> PaperList:
    """Return the list that holds for something that happened to a person on a day (at most four queries)."""
    return papers_of(programme_of(resident, day)[0])


def situations_of(claim: Claim) -> frozenset[str]:
    """Return what the claim's papers go by: what was said at the report, and what the losses show.

    `claim` with its stays and disabilities fetched, else two queries.
    """
    shown = {
        Situation.MEDICAL: claim.medical_expense_fen > 0,
        Situation.REIMBURSED: claim.reimbursed_fen > 0,
        Situation.FRACTURE: claim.fracture_expense_fen > 0,
        Situation.HOSPITAL: bool(claim.stays.all()),
        Situation.DISABILITY: bool(claim.disabilities.all()),
        Situation.DEATH: claim.died_on is not None,
    }
    return frozenset(claim.situations.split()) | {situation for situation, holds in shown.items() if holds}


def situations_text(situations: Iterable[str]) -> str:
    """Return situations as they are stored. Errors: InvalidInput for an unknown one."""
    given = set(situations)
    if given - set(Situation):
        raise InvalidInput("情况请从列出的里面选。", field="situations")
    return " ".join(one.value for one in Situation if one in given and one is not Situation.ALWAYS)


def asked_for(notice: PaperNotice) -> list[tuple[Need, tuple[Paper, ...]]]:
    """Return what a notice asked for, as it was frozen."""
    return [(_need(item), tuple(Paper(**one) for one in item["papers"])) for item in notice.items]


@transaction.atomic
def set_papers(*, by: User, programme: Programme, papers: PaperList, why: str, now: datetime) -> PaperRules:
    """Give a programme its own list from now on; notices that went out keep what they asked for.

    Errors: NotAllowed but for a manager of the insurer or of the town; InvalidInput (see `read_papers`, or no reason).
    """
    if by.desk not in (Desk.INSURER, Desk.TOWN) or not by.is_manager:
        raise NotAllowed("材料清单只有中国人寿或镇民政办管账号的人能改。")
    if not programme.division_id.startswith(by.scope):
        raise NotAllowed("这个方案不归您管，不能改它的材料清单。")
    if not why.strip():
        raise InvalidInput("请写明为什么改，例如“分公司要求加医保结算单”。", field="why")
    checked = read_papers(papers.as_document())
    programme_for_update(programme.slug)
    last = PaperRules.objects.filter(programme=programme).order_by("-number").first()
    made = PaperRules.objects.create(
        programme=programme,
        number=last.number + 1 if last else 1,
        document=checked.as_document(),
        why=why.strip(),
        entered_at=now,
        entered_by=by,
    )
    record(by=by, action="claims.set_papers", subject=made, division_code=programme.division_id, number=made.number)
    return made


def _need(item: dict[str, object]) -> Need:
    papers = item["papers"]
    assert isinstance(papers, list)
    at_least = item["at_least"]
    assert isinstance(at_least, int)
    return Need(str(item["title"]), Situation.ALWAYS, tuple(one["code"] for one in papers), at_least)
