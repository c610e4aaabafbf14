"""Whether a file that somebody brings can be shown as a form: tables and lists stand where they belong."""

from collections.abc import Mapping
from typing import Any

from ankang.rules.file_fields import GENERAL, LISTS, READING, Shape
from ankang.rules.file_form import Tables
from ankang.rules.load import PROGRAMME_FILE
from ankang.rules.tables import Table


def require_shape(tables: Tables) -> None:
    """Let pass a file whose tables and lists stand where a form can show them, whatever their values.

    Errors: ProgrammeFileError (file, key, fix) for a key that no programme file has, or a table that is none.
    """
    root = Table(tables, PROGRAMME_FILE)
    known = {"schema", "readings", *(one.key for one in GENERAL.fields), *GENERAL.tables, *GENERAL.lists, *LISTS}
    for key in root.values:
        if key not in known:
            raise root.error(key, "没有这个键", "删掉这一行，或查对键名")
    _require_table(
        GENERAL, {key: value for key, value in tables.items() if key in known}, root, ("schema", "readings", *LISTS)
    )
    for key, shape in LISTS.items():
        for row in root.tables(key, shape.label, optional=True) if root.has(key) else ():
            _require_table(shape, row.values, row, ())
    for name in root.table("readings").values if root.has("readings") else ():
        reading = root.table("readings").table(name)
        _require_table(READING, reading.values, reading, ("alternatives", "status", "by", "on", "paper"))


def _require_table(shape: Shape, values: Mapping[str, Any], table: Table, also: tuple[str, ...]) -> None:
    single = {one.key for one in shape.all_fields(values)}
    for key in table.values:
        if key in also:
            continue
        if key in shape.tables:
            inner = table.table(key)
            _require_table(shape.tables[key], inner.values, inner, ())
        elif key in shape.lists:
            for row in table.tables(key, shape.lists[key].label, optional=True):
                _require_table(shape.lists[key], row.values, row, ())
        elif key not in single:
            raise table.error(key, "没有这个键", "删掉这一行，或查对键名")
        elif isinstance(values[key], Mapping):
            raise table.error(key, "这里应当是一个值，不是一张表", "对照去年的方案文件改正")
