"""The sample town's plan in the making: next year's, copied from this year's, its first part already mended."""

from collections.abc import Mapping
from datetime import datetime

from ankang.accounts.models import User
from ankang.programmes.draft_models import ProgrammeDraft
from ankang.programmes.draft_review import newest_state
from ankang.programmes.drafts import copy_version, save_section
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.sources import files_in
from ankang.rules.file_form import node_of

_SECTION = "products-1"


def begin_next_year(by: User, version: ProgrammeVersion, now: datetime) -> None:
    """Store a draft of next year's plan in which the dearer product no longer pays less at 76 to 79."""
    draft = copy_version(by=by, version=version, amend=False, now=now)
    save_section(
        by=by,
        draft=draft,
        section=_SECTION,
        given=_mended(draft),
        based_on=1,
        is_checked=True,
        is_auto=False,
        now=now,
    )


def _mended(draft: ProgrammeDraft) -> Mapping[str, str]:
    """The form of the first product with the accident's bands as the cheaper product has them."""
    tables = files_in(newest_state(draft)).tables
    given = {entry.name: entry.text for entry in node_of(tables, _SECTION).walk()}
    return given | {"products.0.benefits.0.bands.1.ages": "70-79", "products.0.benefits.0.bands.2.ages": "80+"}
