"""A plan in the making: copied or uploaded, edited by several, every state kept, a bad value kept with its error."""

from datetime import date

import pytest
from tests import factories
from tests.programmes.draft_acts import LATER, NOW, copy, nothing_changes, save, shown
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.programmes import drafts
from ankang.programmes.draft_errors import DraftChanged
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_review import newest_state
from ankang.programmes.sources import checked, files_in, files_of
from ankang.rules.canonical import digest_of
from ankang.rules.dump import targets_text, to_tables, toml_text
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.file_form import check
from ankang.rules.load import read_programme
from ankang.rules.tables import ProgrammeFileError

pytestmark = pytest.mark.django_db
FRACTURE = "products.0.benefits.3.bands.0"


@pytest.fixture
def by():
    return factories.user(division=factories.town(villages=20))


def test_a_copy_is_next_years_plan_with_everything_to_be_compared(by):
    draft = copy(by)
    state = newest_state(draft)
    plan = checked(state).plan
    assert (plan.id, plan.year, plan.name) == ("2025-yandu", 2025, "2025年度“安康关爱行动”")
    assert (plan.window_from, plan.window_to) == (date(2025, 2, 1), date(2025, 3, 20))
    assert (plan.cover_from, plan.cover_to) == (date(2025, 3, 21), date(2026, 3, 20))
    assert plan.products == factories.plan().products  # 2024 yuan stays 2024: no year is replaced in a figure
    assert [reading for reading in plan.readings if reading.confirmation] == []
    assert state.unchecked == [
        "general",
        "groups",
        "products-1",
        "products-2",
        "targets",
        "readings",
        "deadlines",
        "signals",
        "typos",
    ]
    assert [entry.action for entry in AuditEntry.objects.filter(action__startswith="draft")] == [
        "draft.start", "draft.save",
    ]  # fmt: skip


def test_last_years_figure_is_still_suspected_in_the_copy(by):
    findings = checked(newest_state(copy(by))).findings
    suspected = [finding for finding in findings if finding.code == "figure-is-year"]
    assert [finding.where for finding in suspected] == ["products[A].benefits[fracture].bands[60-69]"]
    assert "上一年的年份" in suspected[0].message


def test_an_amendment_is_the_same_plan_again(by):
    version = factories.version()
    draft = copy(by, version, amend=True)
    assert checked(newest_state(draft)).plan == factories.plan()
    assert (draft.is_amendment, draft.base, newest_state(draft).unchecked) == (True, version, [])


def test_a_draft_is_taken_from_files(by):
    plan = factories.plan()
    content, targets = toml_text(to_tables(plan)), targets_text(plan.targets)
    draft = drafts.upload_files(by=by, content=content.encode(), targets=targets.encode(), now=NOW)
    state = newest_state(draft)
    assert (state.how, state.unchecked, checked(state).plan) == ("uploaded", [], plan)
    files = files_in(state)
    assert digest_of(read_programme(files.tables, files.targets)) == digest_of(plan)


def test_a_file_with_a_wrong_value_becomes_a_draft_that_tells_it(by):
    content = toml_text(to_tables(factories.plan())).replace("yuan = 2024", 'yuan = "二千"')
    draft = drafts.upload_files(by=by, content=content.encode(), targets=b"", now=NOW)
    problems = checked(newest_state(draft)).problems
    assert [problem.place for problem in problems] == ["products[A].benefits[fracture].bands[60-69].yuan"]


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"name = \n", "第1行第8列"), (b"\xff\xfe", ""), (b"produkts = 1", "produkts"), (b"window = 1", "window")],
)
def test_a_file_that_is_none_is_refused_with_file_key_and_fix(by, content, key):
    with nothing_changes(), pytest.raises(ProgrammeFileError) as caught:
        drafts.upload_files(by=by, content=content, targets=b"", now=NOW)
    assert (caught.value.fields["file"], caught.value.fields["key"]) == ("programme.toml", key)
    assert caught.value.fields["fix"]


def test_other_files_are_refused(by):
    with nothing_changes(), pytest.raises(InvalidInput, match="太大"):
        drafts.upload_files(by=by, content=b"#" * 400_001, targets=b"", now=NOW)
    with nothing_changes(), pytest.raises(InvalidInput, match="UTF-8"):
        drafts.upload_files(by=by, content=b"", targets=b"\xff", now=NOW)


def test_another_towns_plan_is_not_copied(by):
    factories.version()
    other = factories.user(division=factories.town("320903102000"))
    version = factories.version()
    with nothing_changes(), pytest.raises(NotAllowed):
        copy(other, version)
    with nothing_changes(), pytest.raises(NotAllowed):
        copy(factories.user("village"), version)
    assert not ProgrammeDraft.objects.visible_to(other).exists()
    assert not ProgrammeDraft.objects.visible_to(factories.user("insurer", by.division)).exists()


def test_each_save_is_a_state_of_its_own(by):
    draft = copy(by)
    state = save(by, draft, "products-1", {f"{FRACTURE}.yuan": "2000", f"{FRACTURE}.reading": ""})
    assert (state.number, state.section, state.how, state.by, draft.head) == (2, "products-1", "saved", by, 2)
    plan = checked(state).plan
    assert plan.products[0].benefits[3].bands[0].amount_fen == 200000
    assert "K03" not in {reading.id for reading in plan.readings}
    assert "products-1" not in state.unchecked
    first = draft.revisions.get(number=1)
    assert checked(first).plan.products[0].benefits[3].bands[0].amount_fen == 202400


def test_a_save_that_changes_nothing_stores_nothing(by):
    draft = copy(by)
    save(by, draft, "general", {})
    with nothing_changes():
        save(by, draft, "general", {})


def test_a_bad_value_is_kept_with_its_error(by):
    draft = copy(by)
    state = save(by, draft, "products-1", {"products.0.price": "一百"})
    assert shown(draft, "products-1")["products.0.price"] == "一百"
    problems = checked(state).problems
    assert [(problem.place, problem.message[:6]) for problem in problems] == [("products[A].price", "应当是不小于")]


def test_two_who_edit_different_parts_do_not_meet(by):
    draft, other = copy(by), factories.user(division=by.division)
    save(by, draft, "general", {"name": "甲改的名"})
    state = save(other, draft, "groups", {"groups.0.name": "乙改的类别"}, based_on=1)
    assert (state.how, draft.head) == ("saved", 3)
    plan = checked(state).plan
    assert (plan.name, plan.groups[0].name) == ("甲改的名", "乙改的类别")


def test_the_second_who_edits_the_same_part_is_put_aside_and_nothing_is_lost(by):
    draft, other = copy(by), factories.user(division=by.division)
    save(by, draft, "general", {"name": "甲改的名"})
    aside = save(other, draft, "general", {"name": "乙改的名"}, based_on=1)
    assert (aside.how, aside.number, draft.head) == ("aside", 3, 2)
    assert checked(newest_state(draft)).plan.name == "甲改的名"
    assert checked(aside).plan.name == "乙改的名"
    assert AuditEntry.objects.filter(action="draft.save").count() == 3
    state = drafts.restore(by=other, draft=draft, number=3, based_on=2, now=LATER)
    assert (state.number, state.how, checked(state).plan.name) == (4, "restored", "乙改的名")


def test_an_earlier_state_comes_back_as_a_new_one(by):
    draft = copy(by)
    save(by, draft, "general", {"name": "改错了"})
    drafts.restore(by=by, draft=draft, number=1, based_on=2, now=LATER)
    draft.refresh_from_db()
    assert (draft.head, draft.title) == (3, "2025年度“安康关爱行动”")
    with nothing_changes(), pytest.raises(DraftChanged):
        drafts.restore(by=by, draft=draft, number=1, based_on=2, now=LATER)
    with nothing_changes(), pytest.raises(InvalidInput):
        drafts.restore(by=by, draft=draft, number=9, based_on=3, now=LATER)


def test_parts_are_added(by):
    draft = copy(by)
    state = drafts.add_part(by=by, draft=draft, part="product", based_on=1, now=NOW)
    assert state.section == "products-3"
    state = drafts.add_part(by=by, draft=draft, part="figure", based_on=2, now=NOW)
    assert files_in(state).tables["readings"]["K18"]["topic"] == "figure"
    with nothing_changes(), pytest.raises(InvalidInput):
        drafts.add_part(by=by, draft=draft, part="nonsense", based_on=3, now=NOW)
    with nothing_changes(), pytest.raises(DraftChanged):
        drafts.add_part(by=by, draft=draft, part="product", based_on=2, now=NOW)


def test_unknown_parts_and_states_are_refused(by):
    draft = copy(by)
    for facts in ({"section": "nonsense"}, {"section": "products-9"}, {"section": "general", "based_on": 7}):
        given = {"given": {}, "based_on": 1, "is_checked": None, "is_auto": False, "now": NOW} | facts
        with nothing_changes(), pytest.raises(InvalidInput):
            drafts.save_section(by=by, draft=draft, **given)


def test_a_published_plan_is_read_back_from_its_own_file(by):
    text = (factories.PLAN_FOLDER / "programme.toml").read_text().replace("320903199000", factories.TOWN)
    version = factories.version(source=text)
    assert files_of(version).tables["units"]["clause"] == "三（2）"
    version.source = text.replace("cap = 2", "cap = 3")  # not the plan that was published
    assert files_of(version).tables["units"] == {"cap": 2, "clause": "（条款待补）"}
    assert check(files_of(version).tables, files_of(version).targets).plan == factories.plan()


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_part_at_once():
    by = factories.user(division=factories.town(villages=20))
    draft, other = copy(by), factories.user(division=by.division)
    outcomes = race(
        lambda: save(by, ProgrammeDraft.objects.get(), "general", {"name": "甲"}, based_on=1),
        lambda: save(other, ProgrammeDraft.objects.get(), "general", {"name": "乙"}, based_on=1),
    )
    assert sorted(state.how for state in outcomes) == ["aside", "saved"]
    draft.refresh_from_db()
    won = next(state for state in outcomes if state.how == "saved")
    assert checked(newest_state(draft)).plan.name == checked(won).plan.name
    assert DraftRevision.objects.count() == 3


def test_a_form_that_saves_itself_does_not_meet_itself(by):
    draft = copy(by)
    blank = {"groups.4.code": "disabled", "groups.4.name": "重残", "groups.4.clause": "三（3）"}
    save(by, draft, "groups", blank, based_on=1, is_auto=True, is_checked=None)
    state = save(by, draft, "groups", blank | {"groups.0.remove": "on"}, based_on=1)
    assert state.how == "saved"
    assert [group.code for group in checked(state).plan.groups] == ["wubao", "sanwu", "aged80", "disabled"]


def test_a_form_that_saves_itself_late_brings_nothing_back(by):
    """The person typed, ticked a row away and saved; what the form had sent by itself arrives only now."""
    draft = copy(by)
    typed = {"groups.1.name": "五保老人"}
    groups, readings = shown(draft, "groups"), shown(draft, "readings")
    saved = save(by, draft, "groups", typed | {"groups.0.remove": "on"}, based_on=1)
    with nothing_changes(), pytest.raises(DraftChanged, match="第 2 稿"):
        late(by, draft, "groups", groups | typed)
    state = drafts.add_part(by=by, draft=draft, part="figure", based_on=saved.number, now=NOW)
    with nothing_changes(), pytest.raises(DraftChanged):
        late(by, draft, "readings", readings | {"readings.K01.why": "问过"})
    assert "K18" in files_in(state).tables["readings"]


def test_what_comes_late_loses_also_where_the_person_changed_nothing_more(by):
    draft = copy(by)
    save(by, draft, "general", {"name": "自己存的"}, is_auto=True, is_checked=None)
    with nothing_changes():
        save(by, draft, "general", {}, is_auto=True, is_checked=None)
    said = save(by, draft, "general", {}, is_checked=None)
    assert (said.number, said.how) == (3, "saved")
    with nothing_changes(), pytest.raises(DraftChanged):
        late(by, draft, "general", shown(draft, "general") | {"name": "中间的"}, based_on=2)


def test_an_old_window_of_ones_own_is_put_aside_and_the_same_twice_is_not(by):
    draft = copy(by)
    before = shown(draft, "groups")
    save(by, draft, "groups", {"groups.0.remove": "on"}, based_on=1)
    facts = {"section": "groups", "based_on": 1, "is_checked": True, "is_auto": False, "now": NOW}
    with nothing_changes():
        drafts.save_section(by=by, draft=draft, given=before | {"groups.0.remove": "on"}, **facts)
    state = drafts.save_section(by=by, draft=draft, given=before | {"groups.1.name": "五保老人"}, **facts)
    draft.refresh_from_db()
    assert (state.how, draft.head) == ("aside", 2)
    assert [group.code for group in checked(newest_state(draft)).plan.groups] == ["wubao", "sanwu", "aged80"]


def late(by, draft, section, given, based_on=1):
    drafts.save_section(
        by=by, draft=draft, section=section, given=given, based_on=based_on, is_checked=None, is_auto=True, now=NOW
    )


def test_a_doubt_goes_when_the_form_is_sent_not_while_it_is_filled(by):
    draft = copy(by)
    changes = {f"{FRACTURE}.yuan": "2000", f"{FRACTURE}.reading": ""}
    state = save(by, draft, "products-1", changes, is_auto=True, is_checked=None)
    assert [problem.place for problem in checked(state).problems] == ["readings.K03"]
    state = save(by, draft, "products-1", changes)
    assert "K03" not in files_in(state).tables["readings"]
    assert checked(state).plan
