"""Plays the sample incidents through the real actions, each step at its own time, by two handlers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ankang.accounts.models import User
from ankang.claims.actions import record_losses, report_claim, withdraw_claim
from ankang.claims.deciding import CHECKS, prepare_decision, review_decision
from ankang.claims.models import Claim, Decision
from ankang.roster.models import Resident
from ankang.sample.incidents import Incident, Status

_LAST_STEP = {
    Status.REPORTED: 1,
    Status.RECORDED: 2,
    Status.WITHDRAWN: 2,
    Status.PREPARED: 3,
    Status.RETURNED: 4,
    Status.APPROVED: 4,
    Status.REFUSED: 4,
}
_NOTHING_DUE = "按方案没有应赔的项目，理由见理算过程。"


@dataclass
class _Case:
    """One incident on its way. The two handlers change places from case to case, so that both have work waiting."""

    key: str
    incident: Incident
    resident: Resident
    first: User
    second: User
    claim: Claim = field(init=False)
    decision: Decision = field(init=False)

    def step(self, number: int, at: datetime) -> None:
        """Take one step: report, losses or withdrawal, decision, review."""
        (self._report, self._record, self._prepare, self._review)[number](f"{self.key}-{number}", at)

    def _report(self, key: str, at: datetime) -> None:
        incident = self.incident
        self.claim = report_claim(
            by=self.first,
            resident=self.resident,
            event_on=incident.event_on,
            cause=incident.story.cause,
            key=key,
            now=at,
            what_happened=incident.story.what,
            reporter=incident.reporter,
            reporter_phone=incident.reporter_phone,
        )

    def _record(self, key: str, at: datetime) -> None:
        if self.incident.status is Status.WITHDRAWN:
            withdraw_claim(by=self.first, claim=self.claim, why=self.incident.note, key=key, now=at)
        else:
            self.claim = record_losses(by=self.first, claim=self.claim, losses=self.incident.losses, key=key, now=at)

    def _prepare(self, key: str, at: datetime) -> None:
        self.decision = prepare_decision(by=self.first, claim=self.claim, key=key, now=at)

    def _review(self, key: str, at: datetime) -> None:
        verdict, note = self._verdict()
        review_decision(
            by=self.second,
            decision=self.decision,
            verdict=verdict,
            key=key,
            now=at,
            note=note,
            checks=CHECKS if verdict is Decision.Verdict.APPROVED else (),
        )

    def _verdict(self) -> tuple[Decision.Verdict, str]:
        if self.incident.status is Status.RETURNED:
            return Decision.Verdict.RETURNED, self.incident.note
        if not self.decision.total_fen:
            return Decision.Verdict.REFUSED, self.incident.note or _NOTHING_DUE
        return Decision.Verdict.APPROVED, ""


def play(incidents: Sequence[tuple[Incident, Resident]], handlers: tuple[User, User]) -> int:
    """Store the claims of these incidents, step by step in order of time, and return how many there are.

    Errors: what the actions refuse: a sample that they refuse is a bug.
    """
    cases = []
    for index, (incident, resident) in enumerate(incidents):
        first, second = handlers if index % 3 else handlers[::-1]
        cases.append(_Case(f"sample-claim-{index:03d}", incident, resident, first, second))
    steps = [
        (case.incident.times[number], case.key, number, case)
        for case in cases
        for number in range(_LAST_STEP[case.incident.status])
    ]
    for at, _key, number, case in sorted(steps, key=lambda step: step[:3]):
        case.step(number, at)
    return len(cases)
