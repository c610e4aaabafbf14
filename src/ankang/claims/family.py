"""What a family reads of its report: where it stands, what is missing, what was decided, in plain words."""

from dataclasses import dataclass

from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.documents import held_codes
from ankang.claims.models import Claim, Decision
from ankang.claims.notices import still_asked
from ankang.claims.paper_lists import papers_of, situations_of
from ankang.claims.report_models import PublicReport
from ankang.rules.documents import Lack, Paper
from ankang.rules.money import yuan_shown

Status = Claim.Status
_DONE = (Status.APPROVED, Status.REFUSED, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class PaperState:
    """Where the papers of a claim stand. `notice`: the open one; `lacks`: what it, or the list, still asks for."""

    lacks: tuple[Lack, ...]
    papers: tuple[Paper, ...]
    documents: tuple[ClaimDocument, ...]
    notice: PaperNotice | None

    @property
    def bad(self) -> list[ClaimDocument]:
        """Papers that cannot be used and that nothing has replaced."""
        return [one for one in self.documents if one.unusable_at and one.replaced_by_id is None]

    @property
    def number(self) -> int:
        """How many things are missing: an unusable paper that a need still asks for counts once."""
        asked = {paper.code for lack in self.lacks for paper in lack.papers}
        return len(self.lacks) + sum(one.paper not in asked for one in self.bad)


@dataclass(frozen=True, slots=True)
class FamilyView:
    """One report: `headline` and `words` say where it stands; papers only once it is a claim."""

    report: PublicReport
    headline: str
    words: str
    step: int  # 1 reported, 2 checked, 3 papers and review, 4 decided
    state: PaperState | None

    @property
    def papers(self) -> tuple[Paper, ...]:
        return self.state.papers if self.state else ()

    @property
    def takes_papers(self) -> bool:
        """Whether papers may still come."""
        return self.report.claim is not None and self.report.claim.is_open

    def name_of(self, code: str) -> str:
        return next((paper.name for paper in self.papers if paper.code == code), code)

    def to_replace(self, code: str) -> int | None:
        """Return the key of the unusable paper of this kind that a new one stands in for."""
        return next((one.pk for one in self.state.bad if one.paper == code), None) if self.state else None


def family_view(report: PublicReport) -> FamilyView:
    """Return what a family reads (six queries for a claim, its programme beside it)."""
    claim = report.claim
    if claim is None:
        return _before_a_claim(report)
    state = paper_state(claim)
    headline, words = _standing(claim, state)
    return FamilyView(report, headline, words, 4 if claim.status in _DONE else 3, state)


def paper_state(claim: Claim) -> PaperState:
    """Return where a claim's papers stand (six queries, two fewer with its stays and disabilities fetched)."""
    documents = tuple(claim.documents.all())
    papers = papers_of(claim.programme)
    held = held_codes(documents)
    notice = PaperNotice.objects.filter(claim=claim, answered_at__isnull=True).first()
    lacks = still_asked(notice, held) if notice else papers.missing(situations_of(claim), held)
    return PaperState(lacks if claim.is_open else (), papers.papers, documents, notice)


def _before_a_claim(report: PublicReport) -> FamilyView:
    if report.state == PublicReport.State.ANSWERED:
        return FamilyView(report, "这次没有立案", report.answer, 2, None)
    words = "我们会按您留的电话打回来核实。核实以后，这里会告诉您要准备哪些材料。晚报不要紧，不会因为晚报就不受理。"
    return FamilyView(report, "收到了您的报案，正在核对", words, 1, None)


def _standing(claim: Claim, state: PaperState) -> tuple[str, str]:
    if claim.status == Status.APPROVED:
        return f"同意赔付 {yuan_shown(claim.payable_fen or 0)} 元", "钱会打到您交的那张银行卡上。"
    if claim.status == Status.REFUSED:
        said = claim.decisions.filter(verdict=Decision.Verdict.REFUSED).order_by("-sequence").first()
        why = said.reviewed_note if said else ""
        return "这次不能赔", f"原因：{why}。不同意这个结果，可以打电话 95519 申诉。"
    if claim.status == Status.WITHDRAWN:
        return "这件报案已经撤回", "有疑问请打电话 95519。"
    if state.notice is not None:
        return f"还差 {state.number} 样材料", "收齐以后我们就接着办。只要这一次，不会再要别的。"
    return "已经立案，正在办", "办好以后这里会写明赔多少。下面是需要的材料，可以先拍照交上来。"
