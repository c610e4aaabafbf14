"""Refused rows without a usable identity number, beside the residents they may mean."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.imports.birthdays import parse_birthday
from ankang.roster.imports.columns import Header, header_of
from ankang.roster.imports.groups import group_words, parse_groups
from ankang.roster.imports.lists import GROUP_KINDS, Kind, day_column
from ankang.roster.imports.places import Places, places_of
from ankang.roster.imports.running import require_scope
from ankang.roster.imports.staging import SEXES
from ankang.roster.linkage.model import CANDIDATES, Facts, Match, match
from ankang.roster.linkage_models import LinkCandidate, LinkCase, LinkCaseQuerySet
from ankang.roster.models import ImportRow, ImportRun, Resident, StagedImport
from ankang.roster.names import clean_name
from ankang.roster.numbers import parse_phone
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.identity import parse_number

MOST = 2000  # rows of one import that are compared; a list with more lacks its numbers altogether
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rows of one import are read with."""

    header: Header
    places: Places
    words: Mapping[str, str]
    day_at: int | None
    day: date | None  # of the whole list, where it is a group's


@transaction.atomic
def find_cases(*, by: User, run_id: int, today: date) -> int:
    """Compare the rows of an import that lack a usable number with the roster, and return how many cases wait.

    What was decided stays; who is waiting is compared anew with the roster as it is now.
    Errors: NotAllowed outside one's division; Conflict for an import taken back or a list of the 80-year-olds;
    InvalidInput for too many rows.
    """
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("division").get(pk=run_id)
    require_scope(by, run.division)
    if run.undone_at is not None:
        raise Conflict("这次导入已经撤回，不用比对。")
    if run.kind == Kind.AGED:  # nothing of it is ever written to anybody
        raise Conflict(f"{run.get_kind_display()}只作核对，不按姓名认定。请向来表单位要带号码的名单，再核对一次。")
    known = set(LinkCase.objects.filter(run=run).values_list("row_id", flat=True))
    new = [case for case in _cases(run, today) if case.row_id not in known]
    if len(new) > MOST:
        raise InvalidInput(
            f"这次导入有{len(new)}行没有可用的身份证号，超过{MOST}行，不能逐行比对。请先向来表单位要带号码的名单。",
            field="run",
        )
    LinkCase.objects.bulk_create(new, batch_size=500)
    waiting = list(LinkCase.objects.filter(run=run, state=LinkCase.State.WAITING))
    _compare(run, waiting)
    record(by=by, action="roster.find_links", subject=run, division_code=run.division_id, waiting=len(waiting))
    return len(waiting)


def waiting_cases(user: User) -> LinkCaseQuerySet:
    """Return the cases that this person may decide and nobody has, of imports that stand."""
    return LinkCase.objects.visible_to(user).filter(state=LinkCase.State.WAITING, run__undone_at=None)


def numberless_rows(run: ImportRun) -> int:
    """Return how many of the first 500 refused rows lack a usable number and are no case yet (one query at most)."""
    if run.undone_at is not None or run.kind == Kind.AGED or not run.rejected:
        return 0
    rows = ImportRow.objects.filter(run=run, outcome=ImportRow.Outcome.REJECTED, cells__isnull=False, link_case=None)
    header = header_of(run.header)
    return sum(
        1 for row in rows.only("cells")[:500] if row.cells and lacks_number(header, json.loads(row.cells.reveal()))
    )


def lacks_number(header: Header, cells: Sequence[str]) -> bool:
    """Whether a row names somebody and has no number that can be read."""
    try:
        clean_name(_text(header, cells, "name"))
    except InvalidInput:
        return False
    try:
        parse_number(_text(header, cells, "number"))
    except InvalidInput:
        return True
    return False


def _cases(run: ImportRun, today: date) -> list[LinkCase]:
    reading = _reading(run, today)
    rows = ImportRow.objects.filter(run=run, outcome=ImportRow.Outcome.REJECTED)
    cases = []
    for row in rows:
        cells: list[str] = json.loads(row.cells.reveal()) if row.cells else []
        if cells and lacks_number(reading.header, cells):
            cases.append(_case(run, row, cells, reading))
    return cases


def _reading(run: ImportRun, today: date) -> _Reading:
    header = header_of(run.header)
    villages = Division.objects.filter(code__startswith=run.division.prefix, level=Division.Level.VILLAGE)
    version = campaign_on(today, run.division_id)
    words = group_words(plan_of(version) if version else None)
    staged = StagedImport.objects.filter(run=run).only("day").first()
    own_day = staged.day if staged and run.kind in GROUP_KINDS else None
    day_at = None if run.kind == Kind.ROSTER else day_column(header)
    return _Reading(header, places_of(run.division, villages), words, day_at, own_day)


def _case(run: ImportRun, row: ImportRow, cells: Sequence[str], reading: _Reading) -> LinkCase:
    def text(name: str) -> str:
        return _text(reading.header, cells, name)

    case = LinkCase(row=row, run=run, name=clean_name(text("name")))
    case.birth_date = parse_birthday(text("birth")) or _birth_in(text("number"))
    case.sex = SEXES.get(text("sex"), "")
    case.household = text("household")[:30]
    case.day = (parse_birthday(_at(cells, reading.day_at)) if reading.day_at is not None else None) or reading.day
    with suppress(InvalidInput):
        case.village_id = reading.places.code_of(text("village"))
    with suppress(InvalidInput):
        case.phone_tail = parse_phone(text("phone"))[-4:]
    with suppress(InvalidInput):
        case.groups = sorted(parse_groups(text("groups"), reading.words) or ())
    return case


def _birth_in(number: str) -> date | None:
    """Return the birth date inside a number with a slip elsewhere: digits 7 to 14, or 7 to 12 of an old one."""
    digits = "".join(letter for letter in number if letter in _DIGITS or letter in "Xx")
    if len(digits) == 15:
        return parse_birthday("19" + digits[6:12])
    found = parse_birthday(digits[6:14]) if len(digits) in (17, 18) else None
    return found if found and found.year >= 1900 else None


def _text(header: Header, cells: Sequence[str], name: str) -> str:
    index = header.columns.get(name)
    return _at(cells, index) if index is not None else ""


def _at(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _compare(run: ImportRun, waiting: Sequence[LinkCase]) -> None:
    """Put the candidates of the waiting cases anew."""
    found = match([_facts(case.pk, case) for case in waiting], list(_residents(run)))
    LinkCandidate.objects.filter(case__in=[case.pk for case in waiting]).delete()
    LinkCandidate.objects.bulk_create(_candidates(found), batch_size=500)


def _candidates(found: Sequence[Match]) -> Iterable[LinkCandidate]:
    for row, pairs in groupby(found, key=lambda pair: pair.row):
        for pair in list(pairs)[:CANDIDATES]:
            yield LinkCandidate(
                case_id=row, resident_id=pair.resident, likelihood=pair.likelihood, says=list(pair.says)
            )


def _facts(key: int, source: LinkCase) -> Facts:
    return Facts(
        key,
        source.name,
        source.birth_date,
        source.sex,
        source.village_id or "",
        source.household,
        source.phone_tail,
    )


def _residents(run: ImportRun) -> Iterable[Facts]:
    """Yield whom the list may mean: the living of its division, on a list of deaths also who moved away."""
    rows = Resident.objects.filter(village__code__startswith=run.division.prefix).exclude(status=Resident.Status.DEAD)
    if run.kind != Kind.DEATHS:
        rows = rows.filter(status=Resident.Status.LIVING)
    fields = ("pk", "name", "birth_date", "sex", "village_id", "household", "phone_tail")
    return (Facts(*row) for row in rows.order_by("pk").values_list(*fields))
