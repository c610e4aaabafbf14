"""What is done to the roster: one transaction and one audit row each."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.ages import require_old_enough, youngest_age
from ankang.roster.imports.running import import_roster
from ankang.roster.locks import resident_for_change
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.names import clean_name
from ankang.roster.numbers import SAMPLE_AREAS, parse_phone, phone_index
from ankang.roster.residents import new_resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.identity import parse_number

__all__ = ["add_resident", "import_roster"]


class ListedAlready(Conflict):
    """This number stands on a roster already: a village asks for a transfer."""

    code = "listed_already"


def add_resident(
    *,
    by: User,
    village: Division,
    name: str,
    number: str,
    today: date,
    groups: Iterable[str] = (),
    household: str = "",
    address: str = "",
    phone: str = "",
    child_phone: str = "",
    evidence: str = "",
) -> Resident:
    """Put one person on the roster; `groups` are codes of lists, from `today` on.

    Errors: NotAllowed outside one's division; InvalidInput (name, number, age, phone); Conflict when the number is on a
    roster already: the other village is named only to who may see it.
    """
    _allow(by, village)
    areas = SAMPLE_AREAS if installation().is_sample else frozenset()
    identity = parse_number(number, sample_areas=areas, today=today)
    version = campaign_on(today, village.pk)
    require_old_enough(identity.birth_date, youngest_age(plan_of(version) if version else None), today)
    resident = new_resident(
        village.pk, clean_name(name), identity, _phone("phone", phone), _phone("child_phone", child_phone)
    )
    resident.household, resident.address = household.strip(), address.strip()
    try:
        with transaction.atomic():
            refuse_listed(by, resident.number_index or "")
            resident.save(force_insert=True)
            _join(resident, groups, today, evidence)
            record(by=by, action="roster.add", subject=resident, division_code=village.pk, groups=sorted(groups))
    except IntegrityError as error:  # somebody else put the same number in between
        raise Conflict("这个身份证号刚刚已有人录入名册，请刷新后查找。", field="number") from error
    return resident


@transaction.atomic
def change_contact(
    *,
    by: User,
    resident_id: int,
    household: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    child_phone: str | None = None,
) -> Resident:
    """Change how one resident is reached. None leaves a fact as it is, "" takes it away.

    Errors: NotAllowed outside one's division; InvalidInput for what is no phone.
    """
    resident = resident_for_change(resident_id)
    if not resident.village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，不能修改。")
    plain = {"household": household, "address": address}
    given = {name: text.strip() for name, text in plain.items() if text is not None}
    changed = [name for name, text in given.items() if getattr(resident, name) != text]
    for name in changed:
        setattr(resident, name, given[name])
    for name, number in (("phone", phone), ("child_phone", child_phone)):
        if number is not None:
            digits = _phone(name, number)
            setattr(resident, name, digits or None)
            setattr(resident, f"{name}_tail", digits[-4:])
            if name == "phone":
                resident.phone_index = phone_index(digits)
            changed.append(name)
    if changed:
        resident.save()
        record(by=by, action="roster.change", subject=resident, division_code=resident.village_id, fields=changed)
    return resident


def _phone(name: str, text: str) -> str:
    try:
        return parse_phone(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, **error.fields | {"field": name}) from error


def refuse_listed(by: User, index: str) -> None:
    """Refuse a number that is on a roster already (one query). Errors: Conflict."""
    listed = Resident.objects.select_related("village").filter(number_index=index).first()
    if listed is None:
        return
    is_visible = listed.village_id.startswith(by.scope)
    where = f"{listed.village.name}的名册里（{listed.get_status_display()}）" if is_visible else "其他村居的名册里"
    raise ListedAlready(
        f"这个身份证号已在{where}。请先核对号码；确已来本村居的，请申请转入。",
        field="number",
        resident=listed.pk if is_visible else None,
    )


def _allow(by: User, village: Division) -> None:
    if village.level != Division.Level.VILLAGE or not village.code.startswith(by.scope):
        raise NotAllowed(f"{village.name}不在您的管辖范围内，不能往它的名册里添加人员。请由镇民政办处理。")


def _join(resident: Resident, groups: Iterable[str], today: date, evidence: str) -> None:
    rows = [
        GroupMembership(
            resident=resident, village_id=resident.village_id, group=group, from_on=today, evidence=evidence
        )
        for group in sorted(set(groups))
    ]
    if rows:
        GroupMembership.objects.bulk_create(rows)
