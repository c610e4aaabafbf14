"""Importing this starts Django with the product's own settings, in a process that is no test's."""

import os
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "ankang.config.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

get_resolver().url_patterns  # noqa: B018  # imports every page


def use(database: str, places: dict[str, Path]) -> None:
    """Work on a test's database, with the files that belong to its rows: the keys they are sealed with, the papers."""
    settings.DATABASES["default"]["NAME"] = database
    for name, path in places.items():
        setattr(settings, name, path)
