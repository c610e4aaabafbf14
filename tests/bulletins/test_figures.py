"""Figures of a bulletin: the dashboard's own, frozen for ever; the words say them; old ones in a text are found."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import factories
from tests.bulletins.acts import NOW, TODAY, draft, edit, release, released
from tests.enrolment.acts import enrol
from tests.enrolment.purchase_acts import OLD

from ankang.audit.models import AppendOnly
from ankang.bulletins.draft import drafted
from ankang.bulletins.errors import FiguresTampered
from ankang.bulletins.figures import Figures, VillageFigures, digest_of, from_document, to_document
from ankang.bulletins.models import Bulletin, FrozenFigures
from ankang.bulletins.papers import bulletin_paper
from ankang.bulletins.queries import issue_of
from ankang.bulletins.quotes import quotes_in, quotes_of, stale_quotes
from ankang.enrolment.coverage import town_coverage
from ankang.papers import Table

counts = st.integers(0, 30000)


def village(rank: int = 1, **facts: object) -> VillageFigures:
    given = {
        "code": f"3209031012{rank:02d}", "name": f"{rank:02d}村", "serial": rank, "rank": rank, "population": 1065,
        "is_published": True, "target": 905, "line": 906, "insured": 700, "roster": 1060, "subjects": 100,
        "subjects_insured": 98, "course": "behind", "average": "3.5", "required": "12.2", "still_days": 0,
    }  # fmt: skip
    return VillageFigures(**given | facts)  # type: ignore[arg-type]


def figures(*villages: VillageFigures, **facts: object) -> Figures:
    total = village(0, name="合计", population=16041, target=13634, line=13635, insured=10000, subjects=2813)
    given = {
        "at": NOW, "place": "某镇", "programme": "2024年度“安康关爱行动”", "version": 1, "digest": "0" * 64,
        "opens": date(2024, 2, 1), "closes": date(2024, 3, 20), "percent": 85, "days_left": 17, "village_need": 13643,
        "forecast": 12000, "total": replace(total, subjects_insured=2798), "villages": villages or (village(),),
    }  # fmt: skip
    return Figures(**given | facts)  # type: ignore[arg-type]


villages_of_any_kind = st.builds(
    village,
    rank=st.integers(1, 40),
    population=counts,
    target=counts,
    line=counts,
    insured=counts,
    subjects=counts,
    subjects_insured=counts,
    still_days=st.none() | st.integers(0, 60),
    course=st.sampled_from(["reached", "on_course", "slow", "behind", "missed", "unknown"]),
)


@given(st.lists(villages_of_any_kind, min_size=1, max_size=8))
def test_figures_come_back_as_they_were(villages: list[VillageFigures]) -> None:
    before = figures(*villages)
    assert from_document(to_document(before)) == before
    assert to_document(from_document(to_document(before))) == to_document(before)


@given(st.lists(villages_of_any_kind, min_size=1, max_size=8), st.sampled_from(["weekly", "final"]))
def test_a_draft_quotes_nothing_but_its_own_figures(villages: list[VillageFigures], kind: str) -> None:
    now = figures(*villages)
    draft_ = drafted(now, kind)
    assert drafted(now, kind) == draft_
    assert stale_quotes(draft_.progress + draft_.problems + draft_.demands, [figures()], now) == ()
    assert all((draft_.title, draft_.progress, draft_.problems, draft_.demands))


def test_the_words_name_both_yardsticks() -> None:
    said = drafted(figures(village(1), village(2, insured=910, course="reached", still_days=5)), "weekly")
    assert said.progress.startswith("截至3月4日10时16分，某镇60周岁以上老年人16041人，已参保10000人，参保率62.34%。")
    assert (
        "下达目标13634人，还差3634人；全镇85%目标线13635人，还差3635人；各村（居）都达到85%共需13643人。"
        in said.progress
    )
    assert "政府购买对象2813人，已参保2798人，还有15人未参保。" in said.progress
    assert "完成下达目标的1个村（居）（02村）；参保率达到85%的1个村（居）（02村）。" in said.progress
    assert said.problems.startswith("一是1个村（居）进度落后（01村）")
    assert "二是政府购买对象应保未保，涉及2个村（居）：01村（2人）、02村（2人）。" in said.problems
    assert "2个村（居）（01村、02村）的下达目标低于本村85%线" in said.problems
    assert said.demands.startswith("一是抓紧推进。离3月20日截止还有17天，全镇每天要新增12.2人")
    assert "连续" not in said.problems  # who reached the line stands still in peace


@pytest.mark.parametrize(("days", "told"), [(None, False), (2, False), (3, True), (4, True)])
def test_who_has_not_moved_for_three_days(days: int | None, told: bool) -> None:
    assert ("连续3天以上没有逐人登记" in drafted(figures(village(still_days=days)), "weekly").problems) is told


def test_nothing_to_complain_of() -> None:
    fine = village(insured=1000, target=906, subjects_insured=100, course="reached")
    assert drafted(figures(fine), "weekly").problems == "各村（居）进度正常，没有需要通报的问题。"


def test_quotes_are_figures_with_units() -> None:
    text = "已参保10,000人，62.34%，3天，2个村，15名，2024年3月4日，K09"
    assert quotes_in(text) == {"10000人", "62.34%", "3天", "2个村", "15人"}


def test_an_old_figure_in_a_text_is_found_whatever_its_separators() -> None:
    before = figures()
    now = replace(before, total=replace(before.total, insured=10020))
    assert "10000人" in quotes_of(before)
    assert stale_quotes("已参保10,000人，还差15人", [before], now) == ("10000人",)
    assert stale_quotes("已参保10020人", [before], now) == ()
    assert stale_quotes("宣传了999人", [before], now) == ()  # nobody's figure: the writer's own


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def first(version):
    return factories.user("town")


@pytest.fixture
def second(version):
    return factories.user("town")


def test_the_figures_are_those_of_the_dashboard(first, version):
    people = [factories.resident(factories.village(serial)) for serial in (1, 1, 2)]
    factories.resident(birth_date=OLD)
    enrol(factories.user("village"), people[0], version)
    town, found = town_coverage(first, version, TODAY), issue_of(draft(first, version)).figures
    assert {one.code: (one.insured, one.population, one.subjects, one.course) for one in found.villages} == {
        one.code: (one.insured, one.population, one.subjects, one.pace.course.value) for one in town.villages
    }
    assert (found.total.insured, found.total.target, found.village_need) == (1, 13634, 13643)
    assert [one.rank for one in found.villages] == list(range(1, 21))
    assert found.villages[0].name == "01村"


def test_the_day_and_the_hour_are_those_of_the_town(first, second, version):
    """16:30 in London is half past midnight of the next day here; the year turns here first."""
    late = datetime(2024, 12, 31, 16, 30, tzinfo=UTC)
    bulletin = release(second, draft(first, version, now=late), now=late)
    assert bulletin.year == 2025
    assert issue_of(bulletin).figures.today == date(2025, 1, 1)
    assert bulletin_paper(issue_of(bulletin)).day == "2025年1月1日"
    assert "截至1月1日0时30分" in issue_of(bulletin).text.progress


def test_a_frozen_bulletin_never_changes(first, second, version):
    resident, worker = factories.resident(), factories.user("village")
    bulletin = released(first, second, version)
    before = bulletin_paper(issue_of(bulletin))
    enrol(worker, resident, version)
    version.programme.targets.update(population=2000, target=1)
    version.programme.division.children.update(name="改名村")
    after = issue_of(Bulletin.objects.get(pk=bulletin.pk))
    assert bulletin_paper(after) == before
    assert after.figures.total.insured == 0
    assert issue_of(draft(first, version)).figures.total.insured == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: FrozenFigures.objects.update(document="{}"),
        lambda row: FrozenFigures.objects.all().delete(),
        lambda row: FrozenFigures.objects.bulk_update([row], ["document"]),
    ],
)
def test_frozen_figures_are_only_added(first, version, change):
    row = draft(first, version).freezes.get()
    with pytest.raises(AppendOnly):
        change(row)
    assert FrozenFigures.objects.get().document == row.document


def test_figures_changed_behind_the_programs_back_are_refused(first, version):
    bulletin = draft(first, version)
    row = bulletin.freezes.get()
    row.document = row.document.replace('"insured":0', '"insured":9')
    super(type(row).__mro__[1], row).save()
    with pytest.raises(FiguresTampered):
        issue_of(bulletin)
    assert digest_of(row.document) != row.digest


@pytest.mark.parametrize(("last", "still"), [(0, 0), (1, 1), (3, 3), (4, 4)])
def test_still_days_since_the_last_enrolment(first, version, last, still):
    enrol(factories.user("village"), factories.resident(), version, today=TODAY - timedelta(days=last))
    assert issue_of(draft(first, version)).figures.villages[0].still_days == still


def test_the_tables_say_the_figures_and_not_the_text(first, version):
    bulletin = draft(first, version)
    edit(first, bulletin, progress="已参保99999人")
    tables = [block for block in bulletin_paper(issue_of(bulletin)).blocks if isinstance(block, Table)]
    assert len(tables[0].rows) == 21
    assert tables[0].rows[-1][1:4] == ["合计", "16041", "0"]
    assert not any("99999" in cell for table in tables for row in table.rows for cell in row)
