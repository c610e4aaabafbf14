"""The list of a batch as the insurer asks for it, to download."""

from django.http import HttpResponse

from ankang.accounts.models import User
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.policies.models import ApplicationBatch
from ankang.policies.sheets import HEAD, open_list


def list_response(user: User, batch: ApplicationBatch) -> HttpResponse:
    """Return the workbook with whole numbers; the look is noted before it is written. Errors: NotAllowed."""
    rows = open_list(by=user, batch=batch)
    return xlsx_response(f"投保名单-{batch.number}", [Sheet("投保名单", HEAD, rows)])
