"""How far each worker of a village is: the same lines for the village and for its town."""

from dataclasses import dataclass

from ankang.accounts.models import User
from ankang.outreach.queries import UNASSIGNED, Tally


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One line of the progress: `user` None is nobody's people."""

    user: User | None
    tally: Tally
    is_lead: bool = False
    is_gone: bool = False  # the account is closed: these people need somebody else

    @property
    def key(self) -> str:
        return str(self.user.pk) if self.user else UNASSIGNED


def worker_rows(workers: list[User], tallies: dict[int | None, Tally], lead: User | None) -> list[WorkerRow]:
    """Return a line for each worker, for closed accounts that still have people, and for nobody (one query at most)."""
    active = {worker.pk for worker in workers}
    gone = User.objects.filter(pk__in=[key for key in tallies if key and key not in active]).order_by("pk")
    rows = [WorkerRow(one, tallies.get(one.pk, Tally()), is_lead=bool(lead and lead.pk == one.pk)) for one in workers]
    if any(key and key not in active for key in tallies):
        rows += [WorkerRow(one, tallies[one.pk], is_gone=True) for one in gone]
    return [*rows, WorkerRow(None, tallies[None])] if None in tallies else rows
