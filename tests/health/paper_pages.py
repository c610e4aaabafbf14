"""The pages of reports, papers, invoices and covers: which desks open them, and how to address one of each."""

from collections.abc import Callable
from typing import Any

from tests.claims.acts import ask, give, number_of, photo, reported

from ankang.claims.models import Claim

Place = Any  # of the permission table
ClaimOf = Callable[[Any], dict[str, Any]]  # the arguments of a claim's address in a place

_PAPERS = ("papers", "paper_add", "paper_ask", "paper_go_on", "paper_situations", "invoices")
_REPORTS = ("public_reports", "public_reports_export", "public_report", "paper_look")
_HELP_DESKS = ("town", "village")
_HELP = ("claim-list", "claim-list-export", "claim-papers")
_READERS = (*_HELP_DESKS, "insurer")
_ACCIDENT_DESKS = ("town", "village", "window", "funeral")

# page -> the desks that may open it
PAPER_PAGES: dict[str, tuple[str, ...]] = {
    **{f"insurer:{page}": ("insurer",) for page in (*_PAPERS, *_REPORTS)},
    **{f"{desk}:{page}": _ACCIDENT_DESKS for desk in _ACCIDENT_DESKS for page in ("cover", "claim-report")},
    **{f"{desk}:{page}": _HELP_DESKS for desk in _HELP_DESKS for page in _HELP},
    **{f"{desk}:{page}": _READERS for desk in _READERS for page in ("claim-paper", "claim-notice")},
}


def paper_objects(claim_of: ClaimOf) -> dict[str, Callable[[Any], dict[str, Any]]]:
    """Return how to address one of each page that takes an argument."""
    return {
        **{f"insurer:{page}": claim_of for page in _PAPERS},
        "insurer:paper_look": _paper(claim_of, "insurer"),
        "insurer:public_report": _public_report,
        **{f"{desk}:claim-papers": claim_of for desk in _HELP_DESKS},
        **{f"{desk}:claim-paper": _paper(claim_of, desk) for desk in _READERS},
        **{f"{desk}:claim-notice": lambda place: _notice(claim_of, place) for desk in _READERS},
    }


def _paper(claim_of: ClaimOf, desk: str) -> Callable[[Place], dict[str, Any]]:
    """A paper of that claim, handed in by the desk itself."""
    picture = photo(color={"town": "red", "village": "blue", "insurer": "green"}[desk])

    def made(place: Place) -> dict[str, Any]:
        number = claim_of(place)["number"]
        claim, by = Claim.objects.get(number=number), place.account(desk)
        return {"number": number, "pk": place.once(f"paper {desk}", lambda: give(claim, by=by, content=picture)).pk}

    return made


def _notice(claim_of: ClaimOf, place: Place) -> dict[str, Any]:
    """The first notice of what that claim lacks."""
    number = claim_of(place)["number"]
    claim = Claim.objects.get(number=number)
    return {"number": number, "pk": place.once("paper notice", lambda: ask(claim)).number}


def _public_report(place: Place) -> dict[str, Any]:
    """What a family reported of the village's resident."""
    return {"pk": place.once("public report", lambda: reported(number_of(place.resident()))).pk}
