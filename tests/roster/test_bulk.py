"""The connection of a long import."""

import pytest
from django.db import connection

from ankang.roster.bulk import prepare_for_many
from ankang.roster.locks import residents_by_index

pytestmark = pytest.mark.django_db


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps no plans of its own")
def test_no_plan_is_kept_from_when_the_roster_was_empty() -> None:
    """A kept plan for 900 numbers reads the whole roster; PostgreSQL keeps one from the eleventh time on."""
    prepare_for_many()
    for _ in range(15):
        residents_by_index(["0" * 64])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans), max(custom_plans) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%number_index%"],
        )
        generic, custom = cursor.fetchone()
    assert generic == 0
    assert custom > 5  # it was prepared, and planned anew each time
