"""What is read of bulletins and notices. Figures are checked against their digest whenever they are read."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from ankang.accounts.models import User
from ankang.bulletins.errors import FiguresTampered
from ankang.bulletins.figures import Figures, digest_of, from_document
from ankang.bulletins.models import Bulletin, BulletinText, FrozenFigures, Notice
from ankang.bulletins.quotes import stale_quotes


@dataclass(frozen=True, slots=True)
class Issue:
    """A bulletin as it stands: released, what it was released with; else the last figures and the last text."""

    bulletin: Bulletin
    figures: Figures
    frozen: FrozenFigures
    text: BulletinText
    stale: tuple[str, ...]  # figures of an earlier freeze that the text of a draft still quotes


def bulletins(user: User) -> QuerySet[Bulletin]:
    """Return the bulletins that this person may see, newest first, with the people beside them (one query)."""
    people = ("drafted_by", "edited_by", "released_by", "withdrawn_by", "replaces")
    return Bulletin.objects.visible_to(user).select_related(
        *people, "division", "version__programme", "figures", "text"
    )


def issue_of(bulletin: Bulletin) -> Issue:
    """Return a bulletin with its figures and text (no query once released, else two). Errors: FiguresTampered."""
    if bulletin.figures is not None and bulletin.text is not None:
        return Issue(bulletin, read_figures(bulletin.figures), bulletin.figures, bulletin.text, ())
    freezes = list(bulletin.freezes.all())
    text = bulletin.texts.order_by("-number")[0]
    read = [read_figures(row) for row in freezes]
    said = "\n".join((text.progress, text.problems, text.demands))
    stale = stale_quotes(said, read[:-1], read[-1]) if len(read) > 1 else ()
    return Issue(bulletin, read[-1], freezes[-1], text, stale)


def read_figures(row: FrozenFigures) -> Figures:
    """Return frozen figures. Errors: FiguresTampered when they are not those that were frozen."""
    if digest_of(row.document) != row.digest:
        raise FiguresTampered(
            "这份通报冻结的数字与冻结时的指纹不一致，数据可能被改动过。请停用这份通报，从备份核对。",
            bulletin=row.bulletin_id,
        )
    return from_document(row.document)


def notices(user: User) -> QuerySet[Notice]:
    """Return the notices of the villages that this person sees, newest first, with `missing` people (one query)."""
    rows = Notice.objects.visible_to(user).select_related("village", "issued_by", "read_by", "version__programme")
    return rows.annotate(missing=Count("people")).order_by("-pk")  # type: ignore[no-any-return]


def unread_notices(user: User) -> int:
    """Return how many notices the person's villages have not confirmed (one query)."""
    return Notice.objects.visible_to(user).filter(read_at__isnull=True).count()
