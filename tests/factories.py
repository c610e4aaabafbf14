"""Small true rows for tests. Everything has a default; a test names only what it is about."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from ankang.accounts.models import Desk, User
from ankang.claims.deciding import prepare_decision
from ankang.claims.models import Claim
from ankang.divisions.models import Division
from ankang.privacy.cipher import blind_index
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.linkage_models import LinkCase
from ankang.roster.models import ImportRow, ImportRun, Resident, StagedImport
from ankang.roster.names import initials
from ankang.rules.load import load_programme
from ankang.rules.programme import Programme as Plan

TOWN = "320903101000"
PLAN_FOLDER = Path(__file__).resolve().parents[1] / "programmes" / "2024-yandu"
PASSWORD = "mountain-river-2024"
SAMPLE_AREA = "329900"  # no division ever had this code: no number made here can be a real person's

_next = count(1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_LEVELS = (("province", 2, "江苏省"), ("city", 4, "盐城市"), ("district", 6, "盐都区"))


def division(code: str, level: str, name: str, parent: Division | None = None, **facts: Any) -> Division:
    return Division.objects.get_or_create(
        code=code.ljust(12, "0"), defaults={"name": name, "level": level, "parent": parent} | facts
    )[0]


def town(code: str = TOWN, name: str = "", villages: int = 2) -> Division:
    """Return a town under its district, with villages 01村, 02村 ... (codes town + 201, 202 ...)."""
    parent = None
    for level, digits, title in _LEVELS:
        parent = division(code[:digits], level, title, parent)
    made = division(code, "town", name or f"{code[6:9]}镇", parent)
    for serial in range(1, villages + 1):
        division(f"{code[:9]}{200 + serial}", "village", f"{serial:02d}村", made, serial=serial, is_placeholder=True)
    return made


def village(serial: int = 1, town_code: str = TOWN) -> Division:
    """Return one village of the town, made with it when it does not exist."""
    code = f"{town_code[:9]}{200 + serial}"
    if not Division.objects.filter(code=code).exists():
        town(town_code, villages=serial)
    return Division.objects.get(code=code)


def user(desk: str = Desk.TOWN, division: Division | None = None, **facts: Any) -> User:
    """Return an active person of a desk: over the whole town, or over 01村 on the village desk."""
    if division is None:
        division = village() if desk == Desk.VILLAGE else town()
    serial = next(_next)
    made = User(username=f"{desk}-{serial}", full_name=f"测试{serial}", desk=desk, division=division, **facts)
    made.set_password(PASSWORD)
    made.save()
    return made


def identity_number(birth: date, sequence: int | None = None, area: str = SAMPLE_AREA) -> str:
    """Return a number with a right check digit. An odd sequence is a man, an even one a woman (GB 11643)."""
    serial = next(_next) if sequence is None else sequence
    body = f"{area}{birth:%Y%m%d}{serial % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def resident(village_: Division | None = None, *, name: str = "王秀兰", **facts: Any) -> Resident:
    """Return a living resident with a valid sealed number; `birth_date` 1954-03-04 (70 on the demo day) by default."""
    birth = facts.pop("birth_date", date(1954, 3, 4))
    number = facts.pop("number", None) or identity_number(birth)
    return Resident.objects.create(
        village=village_ or village(),
        name=name,
        initials=facts.pop("initials", None) or initials(name),
        number=number,
        number_index=blind_index(number, "roster.resident.number"),
        number_tail=number[-4:],
        birth_date=birth,
        sex="1" if int(number[16]) % 2 else "2",
        is_sample=True,
        **facts,
    )


def import_run(division_: Division | None = None, by: User | None = None, **facts: Any) -> ImportRun:
    """Return an import into a division that brought nobody."""
    place = division_ or town()
    by = by or user(Desk.VILLAGE if place.level == "village" else Desk.TOWN, place)
    at = datetime(2024, 3, 4, tzinfo=UTC)
    given = {"file_name": "名册.xlsx", "file_digest": "0" * 64, "at": at, "finished_at": at} | facts
    return ImportRun.objects.create(division=place, by=by, **given)


def link_case(run: ImportRun, name: str = "王秀兰", **facts: Any) -> LinkCase:
    """Return a row of this import without a number, waiting for somebody to say whose it is."""
    row = ImportRow.objects.create(
        run=run, row_number=2, outcome="rejected", column="身份证号", reason="没有填身份证号"
    )
    return LinkCase.objects.create(run=run, row=row, name=name, **facts)


def staged_import(division_: Division) -> StagedImport:
    """Return a register of one person that waits for its confirmation."""
    text = f"村居,姓名,身份证号\n{division_.pk},单秀兰,{identity_number(date(1950, 5, 6), 998)}"
    return StagedImport.objects.create(
        division=division_,
        kind="roster",
        day=date(2024, 3, 4),
        file_name="名册.csv",
        content=b64encode(text.encode()).decode(),
        by=user(Desk.VILLAGE, division_),
        at=datetime(2024, 3, 4, tzinfo=UTC),
    )


def plan() -> Plan:
    """Return the 2024 plan as the rules read it, issued by the town of the tests."""
    return issued_by_town(load_programme(PLAN_FOLDER))


def issued_by_town(plan_: Plan) -> Plan:
    """Return the same plan as the town of the tests would issue it."""
    return replace(plan_, division_code=TOWN)


def version(plan_: Plan | None = None, **facts: Any) -> ProgrammeVersion:
    """Return the published plan of the town with all its villages, by default the 2024 one as it stands."""
    return publish_version(
        plan=plan_ or plan(), division=town(villages=20), by=None, at=datetime(2024, 1, 15, 9, tzinfo=UTC), **facts
    )


def claim_to_review(village_: Division, number: str) -> Claim:
    """Return a claim of an uninsured resident that the insurer's first person has decided."""
    reported = datetime(2024, 5, 29, 2, tzinfo=UTC)
    by = user(Desk.INSURER, village_.parent)
    claim = Claim.objects.create(
        number=number,
        resident=resident(village_),
        village=village_,
        programme=version().programme,
        event_on=date(2024, 5, 12),
        cause="accident",
        status="recorded",
        moved_at=reported,
        reported_at=reported,
        reported_by=by,
    )
    return prepare_decision(by=by, claim=claim, key=number, now=reported).claim
