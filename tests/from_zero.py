"""Migrate a database of its own from nothing and print what it looks like: `python -m tests.from_zero`."""

import json
import os
from typing import Any


def schema() -> dict[str, Any]:
    """Return every table of the connected database: columns, and constraints and indexes without generated names."""
    from django.db import connection

    with connection.cursor() as cursor:
        names = {table.name for table in connection.introspection.get_table_list(cursor)} - {"django_migrations"}
        return {name: _table(connection.introspection, cursor, name) for name in sorted(names)}


def _table(introspection: Any, cursor: Any, name: str) -> dict[str, Any]:
    columns = introspection.get_table_description(cursor, name)
    constraints = introspection.get_constraints(cursor, name)
    return {
        "columns": sorted(
            [one.name, str(one.type_code), one.internal_size or one.display_size, one.null_ok, one.default]
            for one in columns
        ),
        "constraints": sorted(json.dumps(_constraint(*item), sort_keys=True) for item in constraints.items()),
    }


def _constraint(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Keys and indexes carry generated names; what is checked inside a column's own line has none on SQLite."""
    kept = ("columns", "primary_key", "unique", "foreign_key", "check", "index", "type", "orders")
    named = {"name": name} if facts["check"] and not name.startswith("__unnamed") else {}
    return {key: facts.get(key) for key in kept} | named


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["TEST"] |= {"MIGRATE": True}
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"test_from_zero_{os.getpid()}"
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    print(json.dumps(schema()))
    connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
