"""Schemes: entered as a draft, confirmed on a paper by a manager of the town. READING K16"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from ankang.accounts.models import User
from ankang.assessment.locks import programme_held, scheme_for_update
from ankang.assessment.models import AssessmentScheme
from ankang.assessment.permissions import require_manager
from ankang.audit.record import record
from ankang.programmes.models import Programme
from ankang.rules.assessment_load import read_scheme
from ankang.rules.canonical import digest_of, to_document
from ankang.rules.errors import Conflict, InvalidInput

EXAMPLE: Path = settings.ROOT / "programmes" / "2024-yandu" / "assessment-example.toml"


def example_text() -> str:
    """Return the example scheme that comes with the product: marked 示例, official for nobody."""
    return EXAMPLE.read_text(encoding="utf-8")


@transaction.atomic
def enter_scheme(*, by: User, programme: Programme, text: str, now: datetime) -> AssessmentScheme:
    """Store a scheme as a draft; one that says the same as a stored one returns that one.

    Errors: NotAllowed; ProgrammeFileError (key, fix); InvalidInput when it is another programme's.
    """
    require_manager(by, programme)
    scheme = read_scheme(text)
    if scheme.programme != programme.slug:
        raise InvalidInput(
            f"这份办法写的是方案 {scheme.programme}，现在的方案是 {programme.slug}。"
            f'请把 programme 改成 "{programme.slug}"，日期也照新方案改。',
            field="text",
        )
    programme_held(programme.pk)
    digest = digest_of(scheme)
    stored = programme.schemes.filter(digest=digest).first()
    if stored:
        return stored
    made = AssessmentScheme.objects.create(
        programme=programme,
        number=programme.schemes.count() + 1,
        text=text,
        document=to_document(scheme),
        digest=digest,
        is_example=scheme.is_example,
        entered_by=by,
        entered_at=now,
    )
    record(by=by, action="assessment.enter_scheme", subject=made, division_code=programme.division_id, digest=digest)
    return made


@transaction.atomic
def confirm_scheme(*, by: User, scheme: AssessmentScheme, paper: str, now: datetime) -> AssessmentScheme:
    """Make a draft the town's scheme on a paper: who, when, on what. Only from then on are results official.

    Errors: NotAllowed; InvalidInput without `paper`; Conflict when it is confirmed already or a newer one is.
    """
    require_manager(by, scheme.programme)
    if not paper.strip():
        raise InvalidInput("请写明依据哪份文件确认，例如 镇政发〔2024〕5号。", field="paper")
    programme_held(scheme.programme_id)
    locked = scheme_for_update(scheme.pk)
    newer = locked.programme.schemes.filter(number__gte=locked.number, confirmed_at__isnull=False).first()
    if newer:
        raise Conflict(f"第{newer.number}版办法已经确认过了。请刷新页面，要改就另录一版。", number=newer.number)
    locked.confirmed_by, locked.confirmed_at, locked.paper = by, now, paper.strip()
    locked.save(update_fields=["confirmed_by", "confirmed_at", "paper"])
    record(
        by=by,
        action="assessment.confirm_scheme",
        subject=locked,
        division_code=locked.programme.division_id,
        number=locked.number,
        digest=locked.digest,
    )
    return locked
