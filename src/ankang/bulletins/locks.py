"""The one home of locked rows of bulletins. A year's counter is taken after the bulletin that wants its number."""

from ankang.bulletins.models import Bulletin, Notice, YearNumber


def bulletin_for_update(pk: int) -> Bulletin:
    """Return a bulletin, locked (one query). Errors: Bulletin.DoesNotExist."""
    rows = Bulletin.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme", "division").get(pk=pk)


def year_for_update(division_id: str, year: int) -> YearNumber:
    """Return the locked counter of a town's year; the first release makes it."""
    YearNumber.objects.get_or_create(division_id=division_id, year=year)
    return YearNumber.objects.select_for_update().get(division_id=division_id, year=year)


def notice_for_update(pk: int) -> Notice:
    """Return a notice, locked (one query). Errors: Notice.DoesNotExist."""
    return Notice.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)  # type: ignore[no-any-return]
