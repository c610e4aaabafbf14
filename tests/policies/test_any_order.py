"""Property: batches, answers and endorsements in any order leave one certificate a holding, numbered without gaps."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.db.models import QuerySet
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests import factories
from tests.enrolment.acts import enrol
from tests.policies import acts
from tests.policies.acts import NOW, POLICY, TODAY, units_differ

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Withdrawal
from ankang.enrolment.withdrawals import request_withdrawal
from ankang.money.queries import funded_holdings
from ankang.policies.answers import Answer, answer_rows
from ankang.policies.batches import cancel_application, send_application
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import cancel_endorsement, decide_endorsement, decide_withdrawal_on_policy
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, GroupPolicy, NumberSeries
from ankang.policies.proposals import proposals
from ankang.policies.queries import in_force, money_without_policy
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

BEGUN = date(2024, 4, 1)


class Branch:
    """A town and the insurer's branch; every step works on what `at` picks."""

    def __init__(self) -> None:
        self.version, self.insurer = factories.version(), acts.insurer()
        self.towns, self.worker = (factories.user("town"), factories.user("town")), factories.user("village")

    def pick(self, rows: "QuerySet[Any] | Sequence[Any]", at: int) -> Any:
        found = list(rows)
        return found[at % len(found)]

    def insure(self, at: int) -> None:
        day = TODAY if at % 2 else date(2024, 3, 4)
        made = enrol(self.worker, factories.resident(name=f"王{at}"), self.version, today=day)
        if at % 5:
            acts.promise(made)

    def money_goes(self, at: int) -> None:
        acts.take_money_back(self.pick(funded_holdings(self.version.programme), at))

    def rename(self, at: int) -> None:
        one = self.pick(Resident.objects.order_by("pk"), at)
        Resident.objects.filter(pk=one.pk).update(name=f"李{at}")

    def move(self, at: int) -> None:
        one = self.pick(Resident.objects.order_by("pk"), at)
        Resident.objects.filter(pk=one.pk).update(village=factories.village(1 + at % 2))

    def cancel(self, at: int) -> None:
        one = self.pick(Enrolment.objects.filter(cancelled_at=None), at)
        cancel_enrolment(by=self.worker, enrolment=one, today=TODAY, now=NOW)

    def prepare(self, at: int) -> None:
        acts.prepare(self.towns[0], self.version)

    def send(self, at: int) -> None:
        send_application(by=self.towns[1], batch=self.pick(self.batches("prepared"), at), now=NOW)

    def take_back(self, at: int) -> None:
        batch = self.pick(self.batches("prepared", "sent"), at)
        cancel_application(by=self.towns[0], batch=batch, note="补人", now=NOW)

    def answer(self, at: int) -> None:
        """Answer some rows of a batch, the same ones again too: accepted, refused, or another way than before."""
        batch = self.pick(self.batches("sent", "decided"), at)
        rows = batch.rows.exclude(outcome=ApplicationRow.Outcome.LEFT_OUT).values_list("pk", flat=True)
        said = [Answer(pk, POLICY if (pk + at) % 4 else "", "不保") for pk in rows if (pk + at) % 3]
        answer_rows(by=self.insurer, batch=batch, answers=said, now=NOW)

    def ask(self, at: int) -> None:
        wanted = self.pick(proposals(self.towns[0], self.version.programme, TODAY), at)
        acts.ask(self.towns[0], wanted.kind, wanted.holding)

    def decide(self, at: int) -> None:
        decide_endorsement(
            by=self.insurer, endorsement=self.pick(Endorsement.objects.order_by("pk"), at), accept=bool(at % 4),
            note="不办", today=TODAY, now=NOW,
        )  # fmt: skip

    def drop(self, at: int) -> None:
        waiting = Endorsement.objects.filter(state="waiting").order_by("pk")
        cancel_endorsement(by=self.towns[0], endorsement=self.pick(waiting, at), now=NOW)

    def give_up(self, at: int) -> None:
        one = self.pick(Enrolment.objects.filter(withdrawn_on=None, cancelled_at=None), at)
        request_withdrawal(by=self.worker, enrolment=one, reason="迁走", key=f"w{one.pk}", today=TODAY, now=NOW)

    def withdraw(self, at: int) -> None:
        decide_withdrawal_on_policy(
            by=self.insurer, withdrawal=self.pick(Withdrawal.objects.order_by("pk"), at), accept=bool(at % 4),
            note="不办", today=TODAY, now=NOW,
        )  # fmt: skip

    def batches(self, *states: str) -> "QuerySet[ApplicationBatch]":
        return ApplicationBatch.objects.filter(state__in=states).order_by("pk")

    def check(self) -> None:
        self.check_numbers()
        assert not units_differ(self.version.programme).exists()
        accepted = ApplicationRow.objects.filter(outcome="accepted").values_list("holding", flat=True)
        added = Endorsement.objects.filter(kind="add", state="accepted").values_list("holding", flat=True)
        assert sorted(Certificate.objects.values_list("holding", flat=True)) == sorted([*accepted, *added])
        removed = Endorsement.objects.filter(kind="remove", state="accepted").values_list("certificate", flat=True)
        ended = Certificate.objects.filter(ended_from__isnull=False).values_list("pk", flat=True)
        assert sorted(ended) == sorted(key for key in removed if key)
        assert not ApplicationRow.objects.filter(batch__state="decided", outcome="waiting").exists()
        self.check_force()

    def check_numbers(self) -> None:
        for policy in GroupPolicy.objects.all():
            numbers = list(policy.certificates.order_by("number").values_list("number", flat=True))
            assert numbers == [f"{policy.number}-{at:04d}" for at in range(1, policy.last_serial + 1)]
        for kind, rows in (("TB", ApplicationBatch.objects.all()), ("PG", Endorsement.objects.all())):
            last = sum(NumberSeries.objects.filter(kind=kind).values_list("last", flat=True))
            assert sorted(int(one.number[-4:]) for one in rows) == list(range(1, last + 1))

    def check_force(self) -> None:
        funded = set(funded_holdings(self.version.programme).values_list("pk", flat=True))
        forced = list(in_force(self.version.programme, BEGUN).values_list("holding", flat=True))
        assert len(forced) == len(set(forced))
        assert set(forced) <= funded
        without = set(money_without_policy(self.towns[0], self.version.programme).values_list("pk", flat=True))
        alive = set(Certificate.objects.alive().values_list("holding", flat=True))
        assert without == funded - alive


STEPS = (
    "insure", "prepare", "send", "answer", "ask", "decide", "give_up", "withdraw", "cancel", "rename", "move",
    "money_goes", "take_back", "drop",
)  # fmt: skip
_WAY = ["prepare", "send", "answer", "answer", "rename", "ask", "decide", "give_up", "withdraw", "answer"]


def _walk(steps: Sequence[tuple[str, int]]) -> None:
    branch = Branch()
    for at in range(1, 5):
        branch.insure(at)
    for name, at in steps:
        with suppress(AnkangError, ZeroDivisionError):  # a refusal, or nobody to work on
            getattr(branch, name)(at)
        branch.check()


class AnyOrder(TestCase):
    @settings(max_examples=12)
    @given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 59)), min_size=10, max_size=30))
    def test_any_order_of_batches_answers_and_endorsements(self, steps: Sequence[tuple[str, int]]) -> None:
        _walk(steps)

    def test_a_way_that_gets_far(self) -> None:
        """Else every step of the property might be a refusal."""
        _walk([(step, at) for at in (1, 2, 3) for step in _WAY])
        assert Certificate.objects.count() >= 2
        assert Certificate.objects.filter(ended_from__isnull=False).exists()
        assert Endorsement.objects.filter(kind="identity", state="accepted").exists()
