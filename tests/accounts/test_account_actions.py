"""Accounts: what each action does, what it refuses, and that a refusal changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from tests import factories as make

from ankang.accounts import actions
from ankang.accounts.models import Desk, Invitation, User
from ankang.accounts.queries import accounts_managed_by, open_invitation
from ankang.accounts.two_factors import confirm_device, has_device, pending_device, verify_second_step
from ankang.audit.models import AuditEntry
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
GOOD = "river-mountain-2025"


@pytest.fixture
def boss() -> User:
    return make.user("town", is_manager=True)


def the_actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def invite(by: User | None, **facts: object) -> actions.Invited:
    given = {"username": "li.wei", "full_name": "李伟", "desk": "village", "division": make.village(1), "now": NOW}
    return actions.invite(by=by, **(given | facts))  # type: ignore[arg-type]


def test_an_invited_person_sets_a_password_by_the_link_and_the_link_is_used_up(boss: User) -> None:
    invited = invite(boss)
    assert not invited.user.has_usable_password()
    assert invited.expires_at == NOW + timedelta(hours=72)
    assert invited.token not in Invitation.objects.get().token_digest
    user = actions.accept_invitation(token=invited.token, password=GOOD, now=NOW + timedelta(hours=1))
    assert User.objects.get(pk=user.pk).check_password(GOOD)
    with pytest.raises(Conflict, match="已经用过或过期"):
        actions.accept_invitation(token=invited.token, password="another-password-1", now=NOW)
    assert User.objects.get(pk=user.pk).check_password(GOOD)
    assert the_actions() == ["account.invite", "account.accept_invitation"]


@pytest.mark.parametrize(("after", "good"), [(72 * 3600 - 1, True), (72 * 3600, False), (72 * 3600 + 1, False)])
def test_a_link_is_good_for_less_than_72_hours(boss: User, after: int, good: bool) -> None:
    invited = invite(boss)
    now = NOW + timedelta(seconds=after)
    assert (open_invitation(invited.token, now) is not None) is good
    if good:
        actions.accept_invitation(token=invited.token, password=GOOD, now=now)
    else:
        with pytest.raises(Conflict):
            actions.accept_invitation(token=invited.token, password=GOOD, now=now)
        assert not User.objects.get(pk=invited.user.pk).has_usable_password()


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"desk": "insurer", "division": None}, NotAllowed, "division"),
        ({"desk": "district", "division": None}, NotAllowed, "division"),
        ({"desk": "village", "division": None}, InvalidInput, "division"),
        ({"desk": "window"}, InvalidInput, "division"),
        ({"is_manager": True}, InvalidInput, "is_manager"),
        ({"username": "李伟"}, InvalidInput, "username"),
        ({"username": "ab"}, InvalidInput, "username"),
        ({"username": "Li.Wei"}, InvalidInput, "username"),
        ({"username": "taken"}, Conflict, "username"),
    ],
)
def test_an_account_that_may_not_be_opened_leaves_no_trace(
    boss: User, facts: dict[str, object], error: type[AnkangError], field: str
) -> None:
    make.user(
        "village",
        make.village(2),
    )
    User.objects.filter(desk="village").update(username="taken")
    if "division" in facts:
        facts = facts | {"division": make.town()}
    before = User.objects.count()
    with pytest.raises(error) as refused:
        invite(boss, **facts)
    assert refused.value.fields["field"] == field
    assert (User.objects.count(), Invitation.objects.count(), the_actions()) == (before, 0, [])


def test_a_manager_manages_only_his_own_desks_inside_his_own_divisions(boss: User) -> None:
    inside = {make.user(desk).pk for desk in ("village", "window", "funeral", "donor", "town")}
    neighbour = make.town("320903102000")
    outside = [
        make.user("insurer"),
        make.user("district", make.division("320903", "district", "盐都区")),
        make.user("town", neighbour),
        make.user("village", make.village(1, "320903102000")),
    ]
    assert set(accounts_managed_by(boss).values_list("pk", flat=True)) == inside | {boss.pk}
    for foreign in outside:
        with pytest.raises(NotAllowed, match="不在您的管理范围内"):
            actions.disable(by=boss, user_id=foreign.pk, now=NOW)
        with pytest.raises(NotAllowed):
            actions.reset_password(by=boss, user_id=foreign.pk, now=NOW)
    with pytest.raises(NotAllowed):
        invite(boss, division=make.village(1, "320903102000"))
    assert User.objects.filter(is_active=False).count() == 0
    assert the_actions() == []


def test_an_insurers_manager_manages_the_insurers_desk_alone() -> None:
    insurer = make.user("insurer", is_manager=True)
    clerk = make.user("insurer")
    make.user("village")
    assert set(accounts_managed_by(insurer)) == {insurer, clerk}


@pytest.mark.parametrize("desk", ["town", "insurer", "village"])
def test_who_is_not_a_manager_manages_nobody(desk: str) -> None:
    clerk = make.user(desk)
    make.user(desk)
    assert not accounts_managed_by(clerk).exists()


def test_disable_and_enable_keep_who_and_when_together(boss: User) -> None:
    clerk = make.user("village")
    actions.disable(by=boss, user_id=clerk.pk, now=NOW)
    clerk.refresh_from_db()
    assert (clerk.is_active, clerk.disabled_at, clerk.disabled_by) == (False, NOW, boss)
    with pytest.raises(Conflict):
        actions.disable(by=boss, user_id=clerk.pk, now=NOW)
    actions.enable(by=boss, user_id=clerk.pk)
    clerk.refresh_from_db()
    assert (clerk.is_active, clerk.disabled_at, clerk.disabled_by) == (True, None, None)
    with pytest.raises(Conflict):
        actions.enable(by=boss, user_id=clerk.pk)
    assert the_actions() == ["account.disable", "account.enable"]


@pytest.mark.parametrize(
    "facts",
    [
        {"is_active": False},
        {"disabled_at": NOW},
        {"is_active": False, "disabled_at": NOW},
        {"is_active": True, "disabled_at": NOW, "disabled_by": "boss"},
        {"is_active": False, "disabled_by": "boss"},
        {"is_active": False, "disabled_at": NOW, "disabled_by": "self"},
    ],
)
def test_the_database_refuses_half_of_who_and_when(boss: User, facts: dict[str, object]) -> None:
    clerk = make.user("village")
    who = {"boss": boss, "self": clerk}
    values = {name: who.get(value, value) if isinstance(value, str) else value for name, value in facts.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=clerk.pk).update(**values)
    clerk.refresh_from_db()
    assert (clerk.is_active, clerk.disabled_at) == (True, None)


def test_the_database_keeps_one_open_link_a_person_and_its_times_in_order(boss: User) -> None:
    invited = invite(boss)
    row = {"user": invited.user, "created_at": NOW, "created_by": boss, "expires_at": NOW + timedelta(hours=1)}
    for wrong in ({}, {"used_at": NOW - timedelta(seconds=1)}, {"used_at": NOW + timedelta(hours=2)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.create(token_digest="a" * 64, **(row | wrong))
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(token_digest="b" * 64, **(row | {"expires_at": NOW, "used_at": NOW}))
    Invitation.objects.create(token_digest="c" * 64, **(row | {"used_at": NOW}))


def test_a_reset_makes_the_password_and_the_older_link_void(boss: User) -> None:
    first = invite(boss)
    second = actions.reset_password(by=boss, user_id=first.user.pk, now=NOW)
    assert open_invitation(first.token, NOW) is None
    actions.accept_invitation(token=second.token, password=GOOD, now=NOW)
    actions.reset_password(by=boss, user_id=first.user.pk, now=NOW)
    assert not User.objects.get(pk=first.user.pk).has_usable_password()


def test_disabling_ends_the_open_link_and_blocks_a_reset(boss: User) -> None:
    invited = invite(boss)
    actions.disable(by=boss, user_id=invited.user.pk, now=NOW)
    assert open_invitation(invited.token, NOW) is None
    with pytest.raises(Conflict, match="先启用"):
        actions.reset_password(by=boss, user_id=invited.user.pk, now=NOW)


def test_nobody_does_anything_to_himself(boss: User) -> None:
    for step in (
        lambda: actions.disable(by=boss, user_id=boss.pk, now=NOW),
        lambda: actions.reset_password(by=boss, user_id=boss.pk, now=NOW),
        lambda: actions.reset_two_factors(by=boss, user_id=boss.pk),
        lambda: actions.unlock(by=boss, user_id=boss.pk),
    ):
        with pytest.raises(NotAllowed, match="自己的账号"):
            step()
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.has_usable_password()
    assert the_actions() == []


@pytest.mark.parametrize("weak", ["short-9ch", "password12", "1234567890", "village-person"])
def test_a_weak_password_is_refused_and_the_link_stays_good(boss: User, weak: str) -> None:
    invited = invite(boss, username="village-person")
    with pytest.raises(InvalidInput):
        actions.accept_invitation(token=invited.token, password=weak, now=NOW)
    assert open_invitation(invited.token, NOW) is not None


def test_changing_ones_own_password_asks_for_the_current_one(boss: User) -> None:
    User.objects.filter(pk=boss.pk).update(must_change_password=True)
    for current, new, field in (("wrong", GOOD, "current"), (make.PASSWORD, make.PASSWORD, "new")):
        with pytest.raises(InvalidInput) as refused:
            actions.change_password(by=boss, current=current, new=new)
        assert refused.value.fields["field"] == field
    assert User.objects.get(pk=boss.pk).must_change_password
    actions.change_password(by=boss, current=make.PASSWORD, new=GOOD)
    changed = User.objects.get(pk=boss.pk)
    assert changed.check_password(GOOD)
    assert not changed.must_change_password
    assert the_actions() == ["account.change_password"]


def code_of(device: TOTPDevice, drift: int = 0) -> str:
    return f"{totp(device.bin_key, drift=drift):06d}"


def test_a_device_is_confirmed_by_its_code_and_gives_ten_recovery_codes(boss: User) -> None:
    device = pending_device(boss)
    assert pending_device(boss).pk == device.pk
    assert not has_device(boss)
    with pytest.raises(InvalidInput, match="验证码不对"):
        confirm_device(by=boss, code="000000" if code_of(device) != "000000" else "000001")
    assert not has_device(boss)
    TOTPDevice.objects.filter(pk=device.pk).update(throttling_failure_count=0)
    _, codes = confirm_device(by=boss, code=code_of(device))
    assert has_device(boss)
    assert len(set(codes)) == 10
    with pytest.raises(Conflict, match="已经绑定"):
        confirm_device(by=boss, code="123456")
    assert the_actions() == ["account.confirm_two_factors"]


def test_a_code_and_a_recovery_code_are_good_once(boss: User) -> None:
    _, codes = confirm_device(by=boss, code=code_of(pending_device(boss)))
    device = TOTPDevice.objects.get(user=boss)
    assert verify_second_step(boss, code_of(device)) is None  # used by the set-up
    TOTPDevice.objects.update(throttling_failure_count=0, last_t=-1)
    assert verify_second_step(boss, f" {code_of(device)} ") == device
    assert verify_second_step(boss, codes[0].upper()) is not None
    assert verify_second_step(boss, codes[0]) is None
    assert the_actions() == ["account.confirm_two_factors", "account.use_recovery_code"]


def test_a_manager_forgets_a_lost_phone(boss: User) -> None:
    clerk = make.user(Desk.VILLAGE)
    with pytest.raises(Conflict, match="没有绑定"):
        actions.reset_two_factors(by=boss, user_id=clerk.pk)
    _, codes = confirm_device(by=clerk, code=code_of(pending_device(clerk)))
    actions.reset_two_factors(by=boss, user_id=clerk.pk)
    assert not has_device(clerk)
    assert verify_second_step(clerk, codes[0]) is None
