"""The product's own settings, with its data in a temporary folder and nothing that needs a build."""

import atexit
import os
import tempfile
from pathlib import Path

_folder = tempfile.TemporaryDirectory(prefix="ankang-test-")
atexit.register(_folder.cleanup)
for name in ("ANKANG_KEYS", "ANKANG_KEY_FILE", "ANKANG_HOSTS", "ANKANG_HTTPS"):
    os.environ.pop(name, None)
os.environ["DATA"] = _folder.name
os.environ["ANKANG_SECRET"] = "only-for-tests"

from ankang.config.settings import *  # noqa: E402, F403
from ankang.config.settings import DATA, DATABASES, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed: nothing here is secret

# Pages are tested as they are written: no manifest, so no `collectstatic` before a test.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = Path(DATA) / "static"
STATIC_ROOT.mkdir()
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# A file, not memory: threads and the live server get connections of their own, as in production.
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 0  # a kept connection would block the drop of the test database
_database["TEST"] = {"MIGRATE": False}  # tables from the models, in a second: tests/health/test_migrations.py migrates
if _database["ENGINE"].endswith("sqlite3"):
    _database["TEST"]["NAME"] = str(Path(DATA) / "test.sqlite3")
    _database["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"  # a test may lose its data
    )
