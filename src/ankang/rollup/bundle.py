"""A bundle: the contents as one canonical text, signed with Ed25519 by the installation that counted.

The file is JSON: format, contents (a text, so that what is verified is what was signed), public key and signature in
hexadecimal. Reading checks the signature first and then every value: only counts, codes and names of places pass.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ankang.divisions.models import prefix_of
from ankang.privacy.cipher import sm3
from ankang.rollup.figures import COUNTS, Campaign, Contents, People, Village
from ankang.rules.errors import InvalidInput

FORMAT = "ankang-rollup/1"
MAX_BYTES = 16 * 1024 * 1024  # a district of 400 villages takes 0.04 MB
MOST = 10**12  # no count and no sum of fen is larger: a number beyond it is no figure
_CODE = re.compile(r"\d{12}", re.ASCII)
_TEXT_LENGTH = 80
_PAYERS = frozenset({"government", "self", "child", "village", "donor"})


class ForgedBundle(InvalidInput):
    """The signature is not the sender's, or the file was changed on its way."""

    code = "forged_bundle"


def sign(contents: Contents, key: Ed25519PrivateKey) -> bytes:
    """Return the bundle's file."""
    text = json.dumps(_plain(contents), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    document = {
        "format": FORMAT,
        "contents": text,
        "key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(text.encode()).hex(),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def digest_of(text: str) -> str:
    """Return the SM3 digest of a bundle's contents: two bundles are the same when these are equal."""
    return sm3(text.encode())


def unwrap(file: bytes) -> tuple[str, str]:
    """Return (contents, public key) of a bundle whose signature fits its own key; whose key it is, is another question.

    Errors: InvalidInput for what is no bundle; ForgedBundle when the signature does not fit.
    """
    document = _document(file)
    text, key, signature = (str(document.get(name, "")) for name in ("contents", "key", "signature"))
    if document.get("format") != FORMAT:
        raise _no_bundle()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
    except (ValueError, InvalidSignature) as error:
        raise ForgedBundle("签名对不上：这个汇总包被改过，或不完整。请让对方重新导出，换一种办法传过来。") from error
    return text, key


def read_contents(text: str) -> Contents:
    """Return the contents of a text whose signature was checked. Errors: InvalidInput for what is no figure."""
    try:
        return _contents(json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise _no_bundle() from error


def _document(file: bytes) -> dict[str, Any]:
    if len(file) > MAX_BYTES:
        raise InvalidInput("文件太大，不像汇总包。请核对选的文件。", field="file")
    try:
        document = json.loads(file)
    except ValueError as error:  # UnicodeDecodeError is one
        raise _no_bundle() from error
    if not isinstance(document, dict):
        raise _no_bundle()
    return document


def _no_bundle() -> InvalidInput:
    return InvalidInput("这不是安康的汇总包，或里面的数不合格。请选 ankang rollup export 导出的文件。", field="file")


def _plain(contents: Contents) -> dict[str, Any]:
    plain = asdict(contents) | {"as_of": contents.as_of.isoformat()}
    plain["campaigns"] = [_plain_campaign(campaign) for campaign in contents.campaigns]
    return plain


def _plain_campaign(campaign: Campaign) -> dict[str, Any]:
    return asdict(campaign) | {
        "window_from": campaign.window_from.isoformat(),
        "window_to": campaign.window_to.isoformat(),
        "villages": [[village.code, village.name, *village.people.counts()] for village in campaign.villages],
    }


def _contents(plain: dict[str, Any]) -> Contents:
    _only(plain, {"sender", "name", "number", "as_of", "is_sample", "campaigns"})
    sender = _code(plain["sender"])
    as_of = datetime.fromisoformat(plain["as_of"])
    if as_of.tzinfo is None or not isinstance(plain["is_sample"], bool):
        raise ValueError("as_of, is_sample")
    campaigns = tuple(_campaign(one, prefix_of(sender)) for one in plain["campaigns"])
    places = [village.code for campaign in campaigns for village in campaign.villages]
    if any(len(set(found)) != len(found) for found in _villages_by_year(campaigns).values()) or not places:
        raise ValueError("a village twice in a year, or none")
    return Contents(sender, _text(plain["name"]), _count(plain["number"], 1), as_of, plain["is_sample"], campaigns)


def _villages_by_year(campaigns: tuple[Campaign, ...]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for campaign in campaigns:
        found.setdefault(campaign.year, []).extend(village.code for village in campaign.villages)
    return found


def _campaign(plain: dict[str, Any], prefix: str) -> Campaign:
    names = {"slug", "name", "year", "division", "digest", "window_from", "window_to", "goal_percent", "villages"}
    _only(plain, names | {"approved_claims", "approved_fen", "premium_fen"})
    return Campaign(
        slug=_text(plain["slug"]),
        name=_text(plain["name"]),
        year=_count(plain["year"], 2000),
        division=_code(plain["division"]),
        digest=_text(plain["digest"]),
        window_from=date.fromisoformat(plain["window_from"]),
        window_to=date.fromisoformat(plain["window_to"]),
        goal_percent=_count(plain["goal_percent"]),
        villages=tuple(_village(row, prefix) for row in plain["villages"]),
        approved_claims=_count(plain["approved_claims"]),
        approved_fen=_count(plain["approved_fen"]),
        premium_fen={_one_of(payer, _PAYERS): _count(fen) for payer, fen in plain["premium_fen"].items()},
    )


def _village(row: list[Any], prefix: str) -> Village:
    code, name, *counts = row
    if not _code(code).startswith(prefix) or len(counts) != len(COUNTS):
        raise ValueError("a village of somebody else, or other columns")
    people = People(*map(_count, counts))
    if people.subjects_insured > min(people.subjects, people.insured):
        raise ValueError("more subjects insured than there are")
    return Village(code, _text(name), people)


def _only(plain: Mapping[str, Any], names: set[str]) -> None:
    """Let pass exactly these keys: nothing else may travel along."""
    if set(plain) != names:
        raise ValueError(f"keys {sorted(set(plain) ^ names)}")


def _one_of(text: str, allowed: frozenset[str]) -> str:
    if text not in allowed:
        raise ValueError(text)
    return text


def _code(text: Any) -> str:
    if not isinstance(text, str) or not _CODE.fullmatch(text):
        raise ValueError("code")
    return text


def _text(text: Any) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= _TEXT_LENGTH or not text.isprintable():
        raise ValueError("text")
    return text


def _count(value: Any, least: int = 0) -> int:
    if type(value) is not int or not least <= value <= MOST:
        raise ValueError("count")
    return value
