"""The connection of a long import, and rows as COPY takes them."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from ankang.roster.bulk import copy_line, insert_lines, prepare_for_many
from ankang.roster.locks import residents_by_index
from ankang.roster.models import Resident

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


def test_a_line_is_what_copy_takes_as_text() -> None:
    cells = [
        "王秀兰",
        "",
        r"a\b",
        "c\td\ne\rf",
        None,
        True,
        False,
        12,
        b"\x00\xff",
        datetime(2024, 3, 4, 2, tzinfo=UTC),
    ]
    words = ["王秀兰", "", r"a\\b", r"c\td\ne\rf", r"\N", "t", "f", "12", r"\\x00ff", "2024-03-04T02:00:00+00:00"]
    assert copy_line(cells).decode() == "\t".join(words)


def test_a_text_that_looks_like_nothing_stays_a_text() -> None:
    assert copy_line([r"\N"]) == rb"\\N"


@pytest.mark.django_db(transaction=True)
def test_lines_are_written_in_a_transaction_only() -> None:
    with pytest.raises(TransactionManagementError):
        insert_lines(Resident, ["name"], [b"x"], b"")
