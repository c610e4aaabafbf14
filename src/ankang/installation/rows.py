"""Where making SQL costs most: INSERT and SELECT made once (ADR 0020), `IN` for any number of values (ADR 0019)."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction

Row = TypeVar("Row", bound=models.Model)
_SEPARATOR = "\x1f"
_PLACES = (-1, -2, -3)  # stand for the values of an `Asked` while its SQL is made: no key is negative


def insert_one(row: Row) -> Row:
    """Insert a row that has no key yet, inside the caller's transaction, and return it with its key (one query).

    What `save` would write, without its signals, of which this product has none.
    Errors: TransactionManagementError outside a transaction; IntegrityError as from any insert.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("insert_one outside a transaction")
    statement, fields = _statement(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias
    return row


class Asked(Generic[Row]):
    """A SELECT whose SQL is made once, for whole numbers: `Asked(lambda who: Resident.objects.filter(pk=who))(7)`.

    `rows` makes the query, without prefetching or joined models; calling it gives the rows (one query).
    """

    def __init__(self, rows: Callable[..., models.QuerySet[Row]]) -> None:
        self._rows = rows
        self._made: dict[str, tuple[models.Manager[Row], str, list[Any]]] = {}

    def __call__(self, *values: int) -> list[Row]:
        made = self._made.get(connection.vendor) or self._make(len(values))
        manager, statement, params = made
        return list(manager.raw(statement, [values[-one - 1] if one in _PLACES else one for one in params]))

    def _make(self, places: int) -> tuple[models.Manager[Row], str, list[Any]]:
        rows = self._rows(*_PLACES[:places])
        statement, params = rows.query.sql_with_params()
        made = self._made[connection.vendor] = rows.model._default_manager, statement, list(params)
        return made


@cache
def _statement(model: type[models.Model], _vendor: str) -> tuple[str, tuple["models.Field[Any, Any]", ...]]:
    """Return the INSERT of a model's own columns but its key, and the fields in that order."""
    quote = connection.ops.quote_name
    fields = tuple(field for field in model._meta.local_concrete_fields if not field.primary_key)
    names = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {key}", fields


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
