"""What the policies ask of the money: whose premium is paid, or promised by an accepted paper."""

from collections.abc import Collection

from ankang.money.queries import funded_holdings
from ankang.programmes.models import Programme

CHUNK = 900  # SQLite takes 999 parameters a query


def funded_among(programme: Programme, holding_ids: Collection[int]) -> set[int]:
    """Return which of these holdings are funded, by key (one query a chunk of 900)."""
    keys, found = sorted(holding_ids), set[int]()
    for start in range(0, len(keys), CHUNK):
        rows = funded_holdings(programme).filter(pk__in=keys[start : start + CHUNK])
        found.update(rows.values_list("pk", flat=True))
    return found
