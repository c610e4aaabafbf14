"""Settings, all from the environment; each name is explained in docs/operations.md.

DATA            folder of the SQLite database, keys and uploads (default `data`)
DATABASE_URL    postgres://... for production; empty for SQLite in DATA
ANKANG_PAPERS   folder of the papers that belong to claims, sealed (default DATA/papers)
ANKANG_SECRET   Django's secret; default: a random one kept in DATA
ANKANG_HOSTS    host names this installation answers to, comma-separated
ANKANG_HTTPS    1 behind TLS: secure cookies and HSTS
"""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from ankang.config import logs
from ankang.privacy.keyfile import read_or_write_first

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent
DATA = Path(os.environ.get("DATA", ROOT / "data")).absolute()
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)  # names and lists lie in it: nobody else on the machine looks in
KEY_FILE = Path(os.environ.get("ANKANG_KEY_FILE", DATA / "keys.key"))
PAPERS = Path(os.environ.get("ANKANG_PAPERS", DATA / "papers")).absolute()
ROLLUP_KEY_FILE = Path(os.environ.get("ANKANG_ROLLUP_KEY_FILE", DATA / "rollup.key"))
GATEWAY_FILE = Path(os.environ.get("ANKANG_GATEWAY_FILE", DATA / "gateway.toml"))
ASSETS = Path(os.environ.get("ANKANG_ASSETS", ROOT / "build" / "assets"))
ICONS = ASSETS.with_name("icons.json")


def _secret() -> str:
    if value := os.environ.get("ANKANG_SECRET"):
        return value
    return read_or_write_first(DATA / "django.key", lambda: secrets.token_urlsafe(48))


SECRET_KEY = _secret()
LOGGING = logs.LOGGING
DEBUG = False
HTTPS = os.environ.get("ANKANG_HTTPS") == "1"
ALLOWED_HOSTS = os.environ.get("ANKANG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "django_htmx",
    "ankang.installation",
    "ankang.divisions",
    "ankang.audit",
    "ankang.accounts",
    "ankang.programmes",
    "ankang.roster",
    "ankang.enrolment",
    "ankang.money",
    "ankang.policies",
    "ankang.treasury",
    "ankang.claims",
    "ankang.whatif",
    "ankang.outreach",
    "ankang.rollup",
    "ankang.assessment",
    "ankang.offline",
    "ankang.bulletins",
    "ankang.desks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ankang.config.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ankang.accounts.middleware.GateMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ankang.config.urls"
WSGI_APPLICATION = "ankang.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA / "ankang.sqlite3",
    "OPTIONS": {
        # IMMEDIATE: deferred transactions lose concurrent writes to 'database is locked'. FULL: this is money.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
}


def _named(url: str) -> dict[str, Any]:
    """Return the database that a URL names. On PostgreSQL statements are prepared: each is planned once."""
    found: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    if found["ENGINE"].endswith("postgresql"):
        options = found.setdefault("OPTIONS", {})
        # a pooler that hands a connection round by transaction knows no prepared statements: prepare_threshold=0
        asked = int(options.get("prepare_threshold", 2))
        options |= {"server_side_binding": True, "prepare_threshold": asked or None}
        # Compiling a report's query took five times as long as running it (docs/operations.md).
        options.setdefault("options", "-c jit=off")
    return found


_url = os.environ.get("DATABASE_URL", "")
DATABASES = {"default": _named(_url) if _url else _SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "ankang.accounts.backends.DeskBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a lock ends when it said it would
AXES_LOCKOUT_CALLABLE = "ankang.accounts.lockout.keep_page"
AXES_DISABLE_ACCESS_LOG = True  # log-ins are audit rows
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # who failed, from where and when, kept after the lock is over
AXES_VERBOSE = False
SESSION_COOKIE_AGE = 30 * 60  # idle time-out: GateMiddleware pushes it forward with every page
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = None

STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS] if ASSETS.exists() else []
STATIC_ROOT = ROOT / "build" / "static"
# Collected assets are served compressed under hashed names; in a tree where nobody collected, as they lie.
_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not _COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Files, because every worker must count the same tries.
    "limits": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA / "limits",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
# A list of people stays in memory: never in a temporary file, and never more than this, whoever sends it.
FILE_UPLOAD_MAX_MEMORY_SIZE = 24 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["ankang.config.uploads.BoundedUpload"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
    }
}
CSRF_FAILURE_VIEW = "ankang.desks.errors.csrf_failure"
LOGGED_OUT_VIEW = "ankang.desks.entrance.views.logged_out"  # answers a form that came after its session's end
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# The TLS proxy says how it was asked: without it every form would fail the check of its origin.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SILENCED_SYSTEM_CHECKS = [
    "fields.W342",
    # An account is locked wherever the failures came from: a village hall shares one address.
    "axes.W006",
]
