"""Papers of a claim: who gives, who sees, what is asked for once, and how long a claim waited for it."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests import factories
from tests.claims.acts import ask, at, give, handler, insured, key, nothing_changes, photo, prepare, record, report
from tests.races import race

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.claims import actions, documents, notices, paper_store
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.models import Claim
from ankang.claims.paper_lists import papers_of, set_papers, situations_of
from ankang.claims.paper_waits import Span, waiting_for_papers
from ankang.privacy.cipher import SealBroken
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.documents import PaperList, standard_papers
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def papers(tmp_path: Path, settings: Any) -> Path:
    settings.PAPERS = tmp_path / "papers"
    return tmp_path / "papers"


def files() -> list[Path]:
    return [path for path in Path(settings.PAPERS).rglob("*") if path.is_file()]


def missing(claim: Claim) -> list[str]:
    return [lack.title for lack in notices.missing_of(Claim.objects.get(pk=claim.pk))]


def test_a_paper_lies_sealed_under_a_random_name_and_each_look_is_noted() -> None:
    claim, by = report(insured()), handler()
    made = give(claim)
    assert (made.channel, made.name, made.media, made.given_by) == ("family", "身份证", "image/jpeg", None)
    (file,) = files()
    assert (file.name, file.stat().st_mode & 0o777) == (made.stored_as, 0o600)
    assert b"JFIF" not in file.read_bytes()
    content = documents.open_paper(by=by, document=made)
    assert content.startswith(b"\xff\xd8\xff")
    assert len(content) == made.size
    look = AuditEntry.objects.get(action="claims.opened_paper")
    assert (look.actor, look.subject_id, look.detail) == (by, str(made.pk), {})
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(SealBroken):
        documents.open_paper(by=by, document=made)


def test_a_file_under_another_name_does_not_open() -> None:
    first, second = paper_store.keep(b"one"), paper_store.keep(b"two")
    paths = {path.name: path for path in files()}
    paths[first].write_bytes(paths[second].read_bytes())
    with pytest.raises(SealBroken):
        paper_store.read(first)
    for name in ("../keys.key", "", "g" * 32, first + "0"):
        with pytest.raises(FileNotFoundError):
            paper_store.read(name)


def test_papers_are_sealed_anew_after_a_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    old: dict[str, Any] = {"ciphers": {"1": "11" * 16}, "index": "22" * 32}
    monkeypatch.setenv("ANKANG_KEYS", json.dumps(old))
    name = paper_store.keep(b"one")
    assert paper_store.reseal_papers() == 0
    monkeypatch.setenv("ANKANG_KEYS", json.dumps(old | {"ciphers": old["ciphers"] | {"2": "33" * 16}}))
    assert [paper_store.reseal_papers(), paper_store.reseal_papers()] == [1, 0]
    assert paper_store.read(name) == b"one"
    assert [(path.name, path.read_bytes()[0]) for path in files()] == [(name, 2)]


def test_what_is_refused_leaves_neither_row_nor_file() -> None:
    claim = report(insured())
    elsewhere = factories.user(Desk.VILLAGE, factories.village(2))
    refusals: list[tuple[type[AnkangError], dict[str, Any]]] = [
        (InvalidInput, {"content": b"%PDF"}),
        (InvalidInput, {"paper": "passport"}),
        (NotAllowed, {"by": elsewhere}),
        (NotAllowed, {"by": factories.user(Desk.DISTRICT, claim.village.parent)}),
        (Conflict, {"replaces": 999}),
    ]
    for error, facts in refusals:
        with nothing_changes(), pytest.raises(error):
            give(claim, **facts)
    actions.withdraw_claim(by=claim.reported_by, claim=claim, why="重复", key=key(), now=at())
    with nothing_changes(), pytest.raises(Conflict, match="已撤案，不再收材料"):
        give(claim)
    assert files() == []


def test_the_same_form_and_the_same_picture_come_once() -> None:
    claim, other, once = report(insured()), report(insured()), key()
    first = give(claim, key=once)
    assert give(claim, key=once, content=photo(color="red")) == first
    assert give(claim) == first
    assert give(claim, paper="bank") != first
    assert ClaimDocument.objects.count() == len(files()) == 2
    with nothing_changes(), pytest.raises(Conflict, match="用过了"):
        give(other, key=once)


def test_a_newer_paper_replaces_an_unusable_one_and_nothing_is_deleted() -> None:
    claim, by = report(insured()), handler()
    blurred = give(claim)
    assert missing(claim) == ["钱付到哪张卡"]
    with nothing_changes(), pytest.raises(InvalidInput):
        documents.refuse_paper(by=by, document=blurred, why=" ", now=at())
    documents.refuse_paper(by=by, document=blurred, why="看不清", now=at())
    assert missing(claim) == ["是谁", "钱付到哪张卡"]
    newer = give(claim, content=photo(color="red"), replaces=blurred.pk)
    blurred.refresh_from_db()
    assert (blurred.replaced_by, blurred.unusable_why, newer.counts, blurred.counts) == (newer, "看不清", True, False)
    assert missing(claim) == ["钱付到哪张卡"]
    with nothing_changes(), pytest.raises(Conflict):
        documents.refuse_paper(by=by, document=blurred, why="再看", now=at())
    assert len(files()) == 2


def test_a_desk_sees_what_came_in_by_it_and_the_insurer_everything() -> None:
    claim = report(insured())
    village, window = factories.user(Desk.VILLAGE), factories.user(Desk.WINDOW)
    own, family = give(claim, by=village), give(claim, paper="record")
    original = documents.see_original(by=handler(), claim=claim, paper="bank", key=key(), now=at())
    seen = {desk: list(ClaimDocument.objects.visible_to(desk)) for desk in (village, window, handler())}
    assert list(seen.values()) == [[own], [], [own, family, original]]
    assert list(ClaimDocument.objects.visible_to(handler(division=factories.village(2)))) == []
    with nothing_changes(), pytest.raises(ClaimDocument.DoesNotExist):
        documents.open_paper(by=window, document=family)


def test_what_is_missing_is_asked_for_once_in_one_notice() -> None:
    claim = record(report(insured(), situations=("hospital",)), medical_expense_fen=100_000, reimbursed_fen=10_000)
    assert situations_of(claim) == {"hospital", "medical", "reimbursed"}
    for paper in ("identity", "invoice", "record"):
        give(claim, paper)
    notice = ask(claim)
    assert [item["title"] for item in notice.items] == ["钱付到哪张卡", "费用清单", "出院小结", "医保结算单"]
    assert (notice.number, waiting_for_papers(claim)) == (1, (Span(at(), None),))
    with nothing_changes(), pytest.raises(Conflict, match="正在等材料"):
        ask(claim)
    later = at() + timedelta(days=3)
    for paper in ("bank", "costs", "discharge", "settlement"):
        give(claim, paper, now=later)
    assert waiting_for_papers(claim) == (Span(at(), later),)
    assert AuditEntry.objects.filter(action="claims.papers_complete").count() == 1
    with nothing_changes(), pytest.raises(NotAllowed, match="只有管账号的人"):
        ask(claim)


def test_a_second_notice_needs_a_manager_and_a_reason() -> None:
    claim, manager = report(insured()), handler(is_manager=True)
    first = ask(claim)
    notices.go_on_without(by=manager, notice=first, why="卡还没办", now=at() + timedelta(days=1))
    with nothing_changes(), pytest.raises(Conflict):
        notices.go_on_without(by=manager, notice=first, why="再来", now=at())
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么第一次没有要"):
        ask(claim, manager)
    second = ask(claim, manager, reason="换了一张卡")
    assert (second.number, second.reason, second.approved_by) == (2, "换了一张卡", manager)
    for paper in ("identity", "bank"):
        give(claim, paper)
    with nothing_changes(), pytest.raises(Conflict, match="材料已经齐了"):
        ask(claim, manager, reason="再要")
    assert [one.answered_how for one in claim.notices.all()] == ["卡还没办", "材料收齐"]


def test_a_notice_keeps_what_it_asked_for_when_the_list_changes() -> None:
    claim, manager = report(insured()), handler(is_manager=True)
    notice = ask(claim)
    longer = standard_papers().as_document()
    longer["needs"].append({"situation": "always", "title": "病历", "any_of": ["record"], "at_least": 1})
    programme = claim.programme
    changed = PaperList(standard_papers().papers, papers_of(programme).needs[:1])
    with nothing_changes(), pytest.raises(NotAllowed):
        set_papers(by=handler(), programme=programme, papers=changed, why="少要", now=at())
    with nothing_changes(), pytest.raises(InvalidInput):
        set_papers(by=manager, programme=programme, papers=changed, why="", now=at())
    assert set_papers(by=manager, programme=programme, papers=changed, why="少要", now=at()).number == 1
    assert [need.title for need in papers_of(programme).needs] == ["是谁"]
    give(claim)
    notice.refresh_from_db()
    assert notice.answered_at is None
    give(claim, "bank")
    notice.refresh_from_db()
    assert notice.answered_at == at()


def test_giving_a_paper_costs_few_queries(django_assert_num_queries: Any) -> None:
    claim, by = report(insured()), factories.user(Desk.VILLAGE)
    with django_assert_num_queries(12):
        give(claim, by=by)


def test_a_notice_does_not_stand_in_the_way_of_the_decision() -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    ask(claim)
    assert prepare(claim).total_fen == 80_000


@pytest.mark.django_db(transaction=True)
def test_two_people_ask_at_once_and_one_notice_goes_out() -> None:
    claim = report(insured())
    outcomes = race(*(partial(ask, claim, handler()) for _ in range(2)))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "PaperNotice"], outcomes
    assert PaperNotice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_pictures_replace_one_paper_once() -> None:
    claim = report(insured())
    old, clerk = give(claim), User.objects.get(pk=factories.user(Desk.VILLAGE).pk)
    outcomes = race(
        *(partial(give, claim, by=clerk, content=photo(color=one), replaces=old.pk) for one in ("red", "blue"))
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["ClaimDocument", "Conflict"], outcomes
    assert ClaimDocument.objects.count() == len(files()) == 2
    assert ProgrammeVersion.objects.count() == 1
