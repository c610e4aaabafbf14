"""The suite makes its tables from the models; here the migrations make them, and both must be the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
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
    for table, facts in wanted.items():
        assert migrated[table] == facts, table
