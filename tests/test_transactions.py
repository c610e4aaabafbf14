"""Transactions as the settings promise them, on the database of this run."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext


@pytest.mark.django_db(transaction=True)
def test_a_transaction_takes_the_write_lock_of_sqlite_at_its_beginning() -> None:
    """Deferred transactions lose concurrent writes to 'database is locked'."""
    with CaptureQueriesContext(connection) as begun, transaction.atomic():
        pass
    wanted = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN"
    assert begun.captured_queries[0]["sql"] == wanted
