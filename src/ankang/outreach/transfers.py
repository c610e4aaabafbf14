"""Accepting a transfer: the resident moves with lists and history; what the old village still had to do is cleared."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.enrolment.models import Participation
from ankang.outreach.models import Assignment
from ankang.roster.models import Resident
from ankang.roster.transfer_models import Transfer
from ankang.roster.transfers import (
    State,
    locked,
    move_resident,
    require_answering,
    require_waiting,
    words,
)
from ankang.rules.errors import Conflict


@transaction.atomic
def accept_transfer(*, by: User, transfer_id: int, note: str = "", today: date, now: datetime) -> Transfer:
    """Let a resident go to the village that asked; accepted again it stays as it is.

    Lists, follow-ups and enrolments go with the resident's history; the worker who looked after them is free, and the
    new village divides them anew. Who is insured stays counted for the village that insured them (ADR 0021).
    Errors: NotAllowed for who may not answer; InvalidInput when the town answers without a basis; Conflict when the
    request is answered or over, or the resident is noted as dead. Then nothing was changed.
    """
    transfer = locked(transfer_id)  # and the resident: nobody enrols them meanwhile
    on_behalf = require_answering(by, transfer, now)
    if transfer.state == State.ACCEPTED:
        return transfer
    require_waiting(transfer, today)
    if transfer.resident.status == Resident.Status.DEAD:
        raise Conflict("名册上这位老人已登记为已故，不能转。登记有误的，请先恢复在册；没有错的，请答复不同意并说明。")
    if on_behalf:
        note = words(note, "镇里代为答复要写明依据，至少4个字，例如：已与原村居电话核实。")
    resident = move_resident(by=by, transfer=transfer, note=note.strip()[:120], on_behalf=on_behalf, now=now)
    Participation.objects.filter(resident=resident, units=0).update(village=resident.village_id)
    Assignment.objects.filter(resident=resident).delete()
    return transfer
