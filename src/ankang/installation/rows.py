"""Where making SQL costs most: statements made once (ADR 0020), `IN` for any number of values (ADR 0019)."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # ModelIterable uses it

Row = TypeVar("Row", bound=models.Model)
_SEPARATOR = "\x1f"
Value = int | str | date
Fields = tuple["models.Field[Any, Any]", ...]


def insert_one(row: Row) -> Row:
    """Insert a row that has no key yet, inside the caller's transaction, and return it with its key (one query).

    What `save` would write, without its signals, of which this product has none.
    Errors: TransactionManagementError outside a transaction; IntegrityError as from any insert.
    """
    return insert_all([row])[0]


def insert_all(rows: Sequence[Row]) -> list[Row]:
    """Insert a few rows of one model as `insert_one` does, and return them with their keys (one query; none for none).

    `bulk_create` makes its SQL anew each time; it stays the way for many.
    """
    if not rows:
        return []
    _require_transaction()
    statement, fields = _insert(type(rows[0]), len(rows), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias
    return list(rows)


def update_one(row: models.Model, *names: str) -> None:
    """Write these fields of a stored row, all of them when none is named, inside the caller's transaction (one query).

    What `save` would write. Errors: TypeError for a model with a `save` of its own, such as append-only rows;
    TransactionManagementError outside a transaction; DoesNotExist when the row is gone; IntegrityError as from any
    update.
    """
    if type(row).save is not models.Model.save:
        raise TypeError(f"{row._meta.label} is not written around its own save")
    _require_transaction()
    statement, fields = _update(type(row), names, connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, row.pk])
        if not cursor.rowcount:
            raise type(row).DoesNotExist(  # type: ignore[attr-defined]  # each model has its own
                f"{row._meta.label} {row.pk} is gone"
            )


@contextmanager
def planned_anew() -> Iterator[None]:
    """Let PostgreSQL plan each statement inside for its own values: for reports that read much of a table.

    A statement that is prepared is soon planned for values unknown: of two million rows that took twice as long.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    link = connection.connection
    before, link.prepare_threshold = link.prepare_threshold, None
    try:
        yield
    finally:
        link.prepare_threshold = before


class Asked(Generic[Row]):
    """A SELECT whose SQL is made once: `Asked(lambda who: Resident.objects.filter(pk=who))(7)`.

    `rows` makes the query, for whole numbers, texts and days; joined models and annotations come along,
    prefetching does not. Calling it gives the rows (one query).
    Errors: TransactionManagementError for a lock outside a transaction.
    """

    def __init__(self, rows: Callable[..., models.QuerySet[Row]]) -> None:
        self._rows = rows
        self._made: dict[tuple[str, int], _Select[Row]] = {}

    def __call__(self, *values: Value) -> list[Row]:
        made = self._made.get((connection.vendor, len(values))) or self._make(values)
        if made.locks:
            _require_transaction()
        with connection.cursor() as cursor:
            cursor.execute(made.statement, [one if at is None else _plain(values[at]) for at, one in made.params])
            return made.read(cursor.fetchall())

    def _make(self, values: tuple[Value, ...]) -> "_Select[Row]":
        stand_ins = [_stand_in(value, at) for at, value in enumerate(values)]
        made = _Select(self._rows(*stand_ins), stand_ins)
        self._made[connection.vendor, len(values)] = made
        return made


class _Select(Generic[Row]):
    """A query as Django compiled it, with the way from its columns to model objects."""

    def __init__(self, rows: models.QuerySet[Row], stand_ins: list[Value]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.statement, params = compiler.as_sql()
        self.locks = rows.query.select_for_update
        places = {_plain(one): at for at, one in enumerate(stand_ins)}
        self.params = [(places.get(_plain(one)) if isinstance(one, Value) else None, one) for one in params]
        assert compiler.klass_info
        assert compiler.select
        self._compiler, chosen = compiler, compiler.klass_info["select_fields"]
        self._model: type[Row] = compiler.klass_info["model"]
        self._first, self._end = chosen[0], chosen[-1] + 1
        self._names = [column.target.attname for column, *_ in compiler.select[self._first : self._end]]
        self._joined = get_related_populators(compiler.klass_info, compiler.select, connection.alias)
        self._added = compiler.annotation_col_map or {}
        self._converters = compiler.get_converters([column for column, *_ in compiler.select])

    def read(self, found: list[tuple[Any, ...]]) -> list[Row]:
        rows = []
        for values in self._compiler.apply_converters(found, self._converters):
            row = self._model.from_db(connection.alias, self._names, values[self._first : self._end])
            for joined in self._joined:
                joined.populate(values, row)
            for name, at in self._added.items():
                setattr(row, name, values[at])
            rows.append(row)
        return rows


def _stand_in(value: Value, at: int) -> Value:
    """Return what stands for a value while SQL is made: no key is negative, no text holds NUL, no day is so old."""
    if isinstance(value, date):
        return date.min + timedelta(at)
    return f"\0{at}" if isinstance(value, str) else -1 - at


def _plain(value: Value) -> int | str:
    return value.isoformat() if isinstance(value, date) else value


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("outside a transaction")


@cache
def _insert(model: type[models.Model], count: int, _vendor: str) -> tuple[str, Fields]:
    """Return the INSERT of a model's own columns but its key, and the fields in that order."""
    quote = connection.ops.quote_name
    fields = tuple(field for field in model._meta.local_concrete_fields if not field.primary_key)
    names = ", ".join(quote(field.column) for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    return f"INSERT INTO {table} ({names}) VALUES {places} RETURNING {key}", fields


@cache
def _update(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> tuple[str, Fields]:
    """Return the UPDATE of these fields, of all but the key when none is named, and the fields in that order."""
    quote, meta = connection.ops.quote_name, model._meta
    own = tuple(field for field in meta.local_concrete_fields if not field.primary_key)
    fields = tuple(field for field in own if not names or field.name in names)
    places = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    return f"UPDATE {quote(meta.db_table)} SET {places} WHERE {quote(meta.pk.column)} = %s", fields


class Among(models.Lookup):  # type: ignore[type-arg]  # not subscriptable when it runs
    """`filter(Among(F("number_index"), values))`: `IN` with one parameter for any number of values.

    `IN` takes one parameter a value: SQLite stops at 999, PostgreSQL plans thousands of them anew in each query.
    `values`: texts or whole numbers.
    """

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(list(self.rhs))]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if (joined := _joined(values)) is not None:
            return f"{left} = ANY(string_to_array(%s, chr(31)))", [*params, joined]
        return f"{left} = ANY(%s)", [*params, values]


def _joined(values: list[Any]) -> str | None:
    """Return texts as one, apart by the unit separator; None for what cannot be told apart again.

    psycopg escapes a list text by text, which for ten thousand takes longer than PostgreSQL takes to find them.
    """
    if not values or not all(isinstance(value, str) for value in values):
        return None
    joined = _SEPARATOR.join(values)
    return joined if joined and joined.count(_SEPARATOR) == len(values) - 1 else None
