"""The suite makes its tables from the models; here the migrations make them, and both must be the same.

Of what Django and its packages bring only the names: a join table's own key differs there between the two ways."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from tests.from_zero import schema

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_migrations_from_zero_make_what_the_models_say() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "tests.from_zero"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    migrated, wanted = json.loads(made.stdout), json.loads(json.dumps(schema()))
    assert set(migrated) == set(wanted)
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("ankang.")}
    different = [(table, migrated[table], wanted[table]) for table in sorted(ours) if migrated[table] != wanted[table]]
    assert different == []
