"""What the buttons of the page do: one action each."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.desks.components.enrol.screen import Missing, Screen, quote_sign
from ankang.divisions.models import Division
from ankang.enrolment.actions import enrol, key_reused
from ankang.enrolment.models import Enrolment
from ankang.enrolment.queries import enrolments_visible_to
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.actions import add_resident, change_contact
from ankang.rules.errors import Conflict, InvalidInput


class LookAgain(Conflict):
    """The page showed another amount than the one that these choices make."""

    code = "look_again"


def already(*, by: User, screen: Screen) -> Enrolment | None:
    """Return what this very form recorded before: a second press of the same button (one query when there is none).

    Errors: KeyReused when the form stands for something else now.
    """
    stored = enrolments_visible_to(by).filter(key=screen.entry.key).first()
    if stored is None:
        return None
    made = {
        quote_sign(row.product, row.units, [(part.payer, part.amount_fen) for part in row.fundings.all()])
        for row in stored.holdings.all()
    }
    resident = screen.offer.resident.pk if screen.offer else None
    if resident != stored.participation.resident_id or made != {screen.entry.shown}:
        raise key_reused(screen.entry.key)
    return stored


@transaction.atomic
def confirm(*, by: User, screen: Screen, today: date, now: datetime) -> Enrolment:
    """Enrol as the page shows it and keep the phone. Errors: LookAgain, those of `enrol` and `change_contact`."""
    offer, quote, version = screen.offer, screen.quote, screen.version
    if offer is None or quote is None or version is None:
        raise LookAgain("还没有可以登记的金额。请先改好上面指出的地方。")
    entry = screen.entry
    if entry.shown != screen.shown:
        raise LookAgain("选的和刚才显示的金额不一样，还没有登记。请看一眼新的金额，再按一次确认。")
    enrolment = enrol(
        by=by,
        resident=offer.resident,
        version=_version_seen(version, entry.version),
        product=quote.product,
        units=quote.units,
        fundings=quote.fundings,
        consent=_consent(screen),
        key=entry.key,
        today=today,
        now=now,
    )
    if entry.phone:
        whose = "child_phone" if entry.phone_of == "child" else "phone"
        change_contact(by=by, resident_id=offer.resident.pk, **{whose: entry.phone})
    return enrolment


def add_to_roster(*, by: User, screen: Screen, today: date) -> None:
    """Put the person of a valid but unknown number on the roster. Errors: those of `add_resident`."""
    missing = screen.missing
    if missing is None:
        return
    add_resident(
        by=by,
        village=_village(by, missing, screen.entry.village),
        name=screen.entry.name,
        number=missing.identity.number,
        groups=[group.code for group in missing.groups if group.code in screen.entry.groups],
        today=today,
    )


def _consent(screen: Screen) -> str:
    if not screen.consent_needed:
        return Enrolment.Consent.NOT_NEEDED
    return screen.entry.consent


def _version_seen(current: ProgrammeVersion, seen: str) -> ProgrammeVersion:
    """Return the version that the page showed, so that the action can refuse one that is no longer current."""
    if seen == str(current.pk) or not seen:
        return current
    return current.programme.versions.select_related("programme").filter(pk=int(seen)).first() or current


def _village(by: User, missing: Missing, code: str) -> Division:
    if not missing.villages:
        return by.division
    chosen = next((village for village in missing.villages if village.code == code), None)
    if chosen is None:
        raise InvalidInput("还没有选村居。请选老人所在的村居。", field="village")
    return chosen
