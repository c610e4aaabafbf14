"""Whoever is on a roster already: who shares a telephone, and whose number begins with no area code."""

from itertools import islice

from django.db import migrations

from ankang.roster.numbers import SAMPLE_AREAS, phone_index
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number

_CHUNK = 500


def fill(apps, schema_editor):
    residents = apps.get_model("roster", "Resident").objects.order_by("pk").iterator(chunk_size=_CHUNK)
    while rows := list(islice(residents, _CHUNK)):
        for row in rows:
            row.phone_index = phone_index(row.phone.reveal()) if row.phone else None
            row.area_unknown = _is_unknown(row)
        type(rows[0]).objects.bulk_update(rows, ["phone_index", "area_unknown"])


def _is_unknown(row):
    try:
        areas = SAMPLE_AREAS if row.is_sample else frozenset()
        return bool(row.number and parse_number(row.number.reveal(), sample_areas=areas).warnings)
    except InvalidInput:
        return False


class Migration(migrations.Migration):
    dependencies = [("roster", "0006_what_cross_checks_look_for")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
