"""A resident made from checked values, not stored yet."""

from ankang.roster.models import Resident
from ankang.roster.names import initials
from ankang.roster.numbers import number_index, phone_index
from ankang.rules.identity import IdentityNumber


def new_resident(
    village_code: str, name: str, identity: IdentityNumber, phone: str = "", child_phone: str = "", *, index: str = ""
) -> Resident:
    """Return an unsaved resident of a village. No query; the number and the phones are sealed when it is saved.

    `index`: the number's blind index, where the caller has it already.
    """
    return Resident(
        village_id=village_code,
        name=name,
        initials=initials(name),
        number=identity.number,
        number_index=index or number_index(identity.number),
        number_tail=identity.tail,
        area_unknown=bool(identity.warnings),
        birth_date=identity.birth_date,
        sex=identity.sex,
        phone=phone or None,
        phone_tail=phone[-4:],
        phone_index=phone_index(phone),
        child_phone=child_phone or None,
        child_phone_tail=child_phone[-4:],
    )
