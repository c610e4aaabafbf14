"""A report as a document, and back: what JSON files and the database hold."""

from dataclasses import asdict
from typing import Any

from ankang.pricing.groups import DIMENSIONS
from ankang.pricing.whatif import Report, Row

COLUMNS = (
    *("dimension", "key", "name", "premium_before", "premium_after", "paid_before", "paid_after", "difference"),
    *("ratio_before", "ratio_after", "people_more", "sum_more", "people_less", "sum_less"),
)


def document_of(report: Report) -> dict[str, Any]:
    """Return the report as JSON values. Money is fen."""
    return asdict(report)


def report_of(document: dict[str, Any]) -> Report:
    """Return the report of a document, equal to the one it was made from."""
    tables = {name: [Row(**row) for row in document["tables"][name]] for name in DIMENSIONS}
    return Report(**(document | {"total": Row(**document["total"]), "tables": tables}))


def rows_of(report: Report) -> list[tuple[str, Row]]:
    """Return every row with its dimension, the total first."""
    rows = [("total", report.total)]
    return rows + [(name, row) for name in DIMENSIONS for row in report.tables[name]]
