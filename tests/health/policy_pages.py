"""The pages of policies in the permission table: who opens them, and one object of a place for each."""

from collections.abc import Callable
from typing import Any

from tests.api.acts import key_of
from tests.health.who import EVERYBODY, Who, only
from tests.policies.acts import policy_place

_CALLS = ("application-rows", "application-answers")
_APPLICATION = ("application", "application-export")
_TOWN_APPLICATION = (*_APPLICATION, "application-send", "application-cancel")
_INSURER_APPLICATION = (*_APPLICATION, "application-accept", "application-upload", "application-json")
_CERTIFICATE = ("certificate", "certificate-print", "certificate-take-back")
_CERTIFICATE_LISTS = ("certificates", "certificates-export", "certificates-print", "certificates-hand-out")
_ENDORSEMENT = ("endorsement", "endorsement-cancel")
_ENDORSEMENT_LISTS = ("endorsements", "endorsements-export", "endorsement-new")
_TOWN_LISTS = ("policy-gaps", "policy-gaps-export", "renewals", "renewals-export")
_INSURER_LISTS = ("applications", "endorsements", "policies", "policies-export")
_SHARED = (*_CERTIFICATE_LISTS, *_CERTIFICATE, *_ENDORSEMENT_LISTS, *_ENDORSEMENT)

POLICY_PAGES: dict[str, Who] = {
    "public:certificate": EVERYBODY,
    "api-v1:applications": Who(key_scope="applications:read"),
    "api-v1:application-rows": Who(key_scope="applications:read"),
    "api-v1:application-answers": Who(key_scope="applications:answer"),
    **{page: only("insurer", manager=True) for page in ("api:docs", "api:openapi", "insurer:machine-keys")},
    "insurer:machine-key-revoke": only("insurer", manager=True),
    "insurer:machine-key-confirm": only("insurer", manager=True),
    **{f"town:{page}": only("town") for page in ("applications", "application-new", *_TOWN_APPLICATION, *_TOWN_LISTS)},
    **{f"{desk}:{page}": only("town", "village") for desk in ("town", "village") for page in _SHARED},
    **{f"{desk}:policy-pdf": only("town", "insurer") for desk in ("town", "insurer")},
    **{
        f"insurer:{page}": only("insurer")
        for page in (*_INSURER_LISTS, *_INSURER_APPLICATION, "application-refuse", "endorsement")
    },
}


def _policies(place: Any) -> Any:
    """A sent batch, a certificate of it and an endorsement that waits, of the village."""
    return place.once("policies", lambda: policy_place(place.village, place.account("village")))


def _application(place: Any) -> dict[str, Any]:
    return {"pk": _policies(place)[0].pk}


def _refused_row(place: Any) -> dict[str, Any]:
    batch = _policies(place)[0]
    return {"pk": batch.pk, "row": batch.rows.order_by("serial").first().pk}


def _certificate(place: Any) -> dict[str, Any]:
    return {"pk": _policies(place)[1].pk}


def _endorsement(place: Any) -> dict[str, Any]:
    return {"pk": _policies(place)[2].pk}


def _changed_holding(place: Any) -> dict[str, Any]:
    return {"holding": _policies(place)[1].holding_id, "kind": "identity"}


def _key_of(place: Any) -> dict[str, Any]:
    return {"pk": place.once("key", lambda: key_of(place.village.parent).key).pk}


POLICY_OBJECTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{f"town:{page}": _application for page in _TOWN_APPLICATION},
    **{f"insurer:{page}": _application for page in _INSURER_APPLICATION},
    "insurer:application-refuse": _refused_row,
    "insurer:endorsement": _endorsement,
    **{f"{desk}:policy-pdf": lambda place: {"pk": _policies(place)[1].policy_id} for desk in ("town", "insurer")},
    "insurer:machine-key-revoke": _key_of,
    "insurer:machine-key-confirm": _key_of,
    **{f"api-v1:{page}": lambda place: {"number": _policies(place)[0].number} for page in _CALLS},
    **{f"{desk}:{page}": _certificate for desk in ("town", "village") for page in _CERTIFICATE},
    **{f"{desk}:{page}": _endorsement for desk in ("town", "village") for page in _ENDORSEMENT},
    **{f"{desk}:endorsement-new": _changed_holding for desk in ("town", "village")},
}
