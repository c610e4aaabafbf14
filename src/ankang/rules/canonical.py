"""The canonical document of a programme or a scheme: one JSON text for equal values, to be hashed and replayed."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ankang.rules.programme import Programme

T = TypeVar("T")


def to_document(value: object) -> str:
    """Return the canonical JSON text: sorted keys, no spaces, days as ISO texts, money as integer fen."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_document(text: str) -> Programme:
    """Return the programme of a canonical document, equal to the one it was written from."""
    return read_document(text, Programme)


def read_document(text: str, kind: type[T]) -> T:
    """Return the value of a canonical document of some frozen dataclass, equal to the one it was written from."""
    built: T = _builder(cast("Any", kind))(json.loads(text))
    return built


def digest_of(value: object) -> str:
    """Return the SHA-256 of the canonical document, in hexadecimal: what a decision is pinned to."""
    return hashlib.sha256(to_document(value).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if _says(field, value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _says(field: Field[Any], value: Any) -> bool:
    """Whether a field belongs in the document: one that came later stays out while it is empty, so digests stand."""
    return not (field.metadata.get("later") and getattr(value, field.name) == field.default)


@cache
def _builder(kind: Any) -> Callable[[Any], Any]:
    """Return the function that rebuilds a value of this type from its plain form."""
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (_builder(part) for part in get_args(kind) if part is not NoneType)
        return lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        return _tuple_builder(get_args(kind))
    if is_dataclass(kind):
        parts = {name: _builder(hint) for name, hint in get_type_hints(kind).items()}
        return lambda value: kind(**{name: parts[name](part) for name, part in value.items()})  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    return lambda value: value


def _tuple_builder(kinds: tuple[Any, ...]) -> Callable[[Any], Any]:
    if kinds[-1] is Ellipsis:
        part = _builder(kinds[0])
        return lambda values: tuple(part(value) for value in values)
    parts = [_builder(kind) for kind in kinds]
    return lambda values: tuple(build(value) for build, value in zip(parts, values, strict=True))
