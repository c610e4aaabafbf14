"""A bulletin's way, step by step: who may, what is refused, and that a refusal changes nothing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.bulletins.acts import NOW, draft, edit, release, released, seen_of
from tests.enrolment.acts import enrol, nothing_changes

from ankang.audit.models import AuditEntry
from ankang.bulletins.actions import draft_bulletin, freeze_again, withdraw_bulletin
from ankang.bulletins.errors import KeyReused, NotADraft, SecondPersonNeeded, StaleQuotes, TextChanged
from ankang.bulletins.models import Bulletin, BulletinText
from ankang.bulletins.queries import bulletins
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def first(version):
    return factories.user("town")


@pytest.fixture
def second(version):
    return factories.user("town")


def actions() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="bulletin.").order_by("pk").values_list("action", flat=True)
    )


def test_from_draft_to_release(first, second, version):
    bulletin = draft(first, version)
    issue = edit(first, bulletin, demands="请各村抓紧。")
    assert (issue.text.number, issue.text.is_drafted, issue.text.demands) == (2, False, "请各村抓紧。")
    done = release(second, bulletin)
    assert (done.state, done.year, done.number, done.name) == ("released", 2024, 1, "安康通报〔2024〕1号")
    assert (done.figures, done.text) == (bulletin.freezes.get(), bulletin.texts.get(number=2))
    assert actions() == ["bulletin.draft", "bulletin.edit", "bulletin.release"]
    assert AuditEntry.objects.get(action="bulletin.release").detail["digest"] == done.figures.digest


def test_who_drafted_or_edited_last_does_not_release(first, second, version):
    bulletin = draft(first, version)
    with nothing_changes(), pytest.raises(SecondPersonNeeded):
        release(first, bulletin)
    edit(second, bulletin, title="关于进度的通报")
    for one in (first, second):
        with nothing_changes(), pytest.raises(SecondPersonNeeded):
            release(one, bulletin)
    assert release(factories.user("town"), bulletin).number == 1


@pytest.mark.parametrize("desk", ["village", "district", "insurer", "window"])
def test_only_the_town_issues(first, version, desk):
    bulletin, other = draft(first, version), factories.user(desk)
    for attempt in (
        lambda: draft(other, version),
        lambda: edit(other, bulletin),
        lambda: release(other, bulletin),
        lambda: freeze_again(by=other, bulletin=bulletin, now=NOW),
        lambda: withdraw_bulletin(by=other, bulletin=bulletin, reason="错", now=NOW),
    ):
        with nothing_changes(), pytest.raises(NotAllowed):
            attempt()


def test_a_foreign_town_sees_and_does_nothing(first, version):
    bulletin = draft(first, version)
    foreign = factories.user("town", factories.town("320903102000"))
    assert not bulletins(foreign).exists()
    with nothing_changes(), pytest.raises(NotAllowed):
        release(foreign, bulletin)


def test_villages_and_the_district_see_what_was_released(first, second, version):
    draft(first, version)
    done = released(first, second, version)
    worker = factories.user("village")
    district = factories.user("district", factories.town().parent)
    foreign = factories.user("village", factories.village(1, "320903102000"))
    assert [list(bulletins(one)) for one in (worker, district, foreign)] == [[done], [done], []]
    assert bulletins(first).count() == 2


def test_the_same_key_is_the_same_draft(first, version):
    assert draft(first, version, key="k") == draft(first, version, key="k")
    assert Bulletin.objects.count() == 1
    with pytest.raises(KeyReused):
        draft(factories.user("town"), version, key="k")


def test_a_text_that_somebody_changed_meanwhile_is_not_overwritten_nor_released(first, second, version):
    bulletin = draft(first, version)
    seen = seen_of(bulletin)
    edit(first, bulletin, title="新标题")
    with nothing_changes(), pytest.raises(TextChanged):
        release(second, bulletin, seen=seen)
    freeze_again(by=first, bulletin=bulletin, now=NOW)
    with nothing_changes(), pytest.raises(TextChanged):
        release(second, bulletin, seen=(seen[0], seen[1] + 1))


def test_freezing_again_drafts_anew_what_nobody_edited(first, version):
    bulletin = draft(first, version)
    enrol(factories.user("village"), factories.resident(), version)
    issue = freeze_again(by=first, bulletin=bulletin, now=NOW)
    assert (issue.frozen.number, issue.text.number, issue.stale) == (2, 2, ())
    assert "已参保1人" in issue.text.progress


def test_freezing_again_flags_old_figures_in_an_edited_text(first, second, version):
    worker = factories.user("village")
    enrol(worker, factories.resident(), version)
    bulletin = draft(first, version)
    said = "01村525人，参保率0.19%；宣传了77人。"
    edit(first, bulletin, progress=said)
    enrol(worker, factories.resident(), version)
    issue = freeze_again(by=first, bulletin=bulletin, now=NOW + timedelta(hours=1))
    assert (issue.text.progress, BulletinText.objects.count()) == (said, 2)
    assert issue.stale == ("0.19%",)
    with nothing_changes(), pytest.raises(StaleQuotes, match=r"0\.19%"):
        release(second, bulletin)
    assert release(second, bulletin, accepts_stale=True).number == 1


@pytest.mark.parametrize("field", ["title", "recipients", "progress", "problems", "demands"])
def test_no_part_may_be_empty(first, version, field):
    bulletin = draft(first, version)
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        edit(first, bulletin, **{field: " \n"})
    assert refused.value.fields["field"] == field


@pytest.mark.parametrize(("length", "taken"), [(119, True), (120, True), (121, False)])
def test_a_title_has_120_characters_at_most(first, version, length, taken):
    bulletin = draft(first, version)
    if taken:
        assert edit(first, bulletin, title="题" * length).text.number == 2
        return
    with nothing_changes(), pytest.raises(InvalidInput):
        edit(first, bulletin, title="题" * length)


def test_what_is_released_never_changes_again(first, second, version):
    done = released(first, second, version)
    for attempt in (
        lambda: edit(first, done, title="新"),
        lambda: freeze_again(by=first, bulletin=done, now=NOW),
        lambda: release(first, done),
    ):
        with nothing_changes(), pytest.raises(NotADraft):
            attempt()


def test_numbers_run_through_a_year_and_start_again(first, second, version):
    numbers = [released(first, second, version).number for _ in range(3)]
    dropped = draft(first, version)
    withdraw_bulletin(by=first, bulletin=dropped, reason="不发了", now=NOW)
    numbers.append(released(first, second, version).number)
    later = draft(first, version)
    next_year = release(second, later, now=NOW.replace(year=2025))
    assert numbers == [1, 2, 3, 4]
    assert (next_year.year, next_year.number) == (2025, 1)


def test_a_correction_withdraws_what_it_replaces(first, second, version):
    old = released(first, second, version)
    with nothing_changes(), pytest.raises(InvalidInput, match="更正要写明原因"):
        draft(first, version, replaces=old)
    new = draft(first, version, replaces=old, reason="02村的人数报错了")
    old.refresh_from_db()
    assert old.state == "released"  # until the correction is released
    release(second, new)
    old.refresh_from_db()
    assert (old.state, old.number, old.withdrawn_by) == ("withdrawn", 1, second)
    assert old.withdrawn_reason == "由安康通报〔2024〕2号更正：02村的人数报错了"
    with nothing_changes(), pytest.raises(Conflict, match="没有作废"):
        draft(first, version, replaces=old, reason="再改")


def test_two_corrections_of_one_bulletin_end_with_the_first(first, second, version):
    old = released(first, second, version)
    drafts = [draft(first, version, replaces=old, reason="错") for _ in range(2)]
    assert release(second, drafts[0]).number == 2
    with nothing_changes(), pytest.raises(Conflict):
        release(second, drafts[1])


def test_withdrawing_wants_a_reason_and_happens_once(first, second, version):
    done = released(first, second, version)
    with nothing_changes(), pytest.raises(InvalidInput):
        withdraw_bulletin(by=first, bulletin=done, reason=" ", now=NOW)
    withdraw_bulletin(by=first, bulletin=done, reason="数字有误", now=NOW)
    with nothing_changes(), pytest.raises(Conflict):
        withdraw_bulletin(by=first, bulletin=done, reason="再作废", now=NOW)


def test_an_unknown_kind_is_refused(first, version):
    with nothing_changes(), pytest.raises(InvalidInput):
        draft_bulletin(by=first, version=version, kind="daily", key="k", now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"released_by": None},
        {"number": None},
        {"number": 0},
        {"figures": None},
        {"text": None},
        {"state": "draft"},
        {"state": "withdrawn"},
        {"withdrawn_reason": "错"},
        {"correction_reason": "错"},
    ],
)
def test_the_database_refuses_halves(first, second, version, change):
    done = released(first, second, version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bulletin.objects.filter(pk=done.pk).update(**change)


def test_the_database_wants_two_persons_and_a_number_once(first, second, version):
    one, other = released(first, second, version), released(first, second, version)
    for change in ({"released_by": first}, {"edited_by": second}, {"number": other.number}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bulletin.objects.filter(pk=one.pk).update(**change)
