"""For many rows: an INSERT made once a model (ADR 0020), and `IN` for any number of values (ADR 0019)."""

import json
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models, transaction

Row = TypeVar("Row", bound=models.Model)


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
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]
