"""Every knob, read once from the environment by helpers that fail loudly. docs/OPERATIONS.md explains each one."""

import os
import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from arena import logs

BASE_DIR = Path(__file__).resolve().parent.parent
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value of `name`; raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; it is {value!r}.")
    return value in _TRUE


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    try:
        result = int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}; it is {result}.")
    return result


def seconds(name: str, default: float) -> float:
    value = os.environ.get(name, "").strip()
    try:
        result = float(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number of seconds; it is {value!r}.") from None
    if not 0 <= result < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number of seconds, zero or more; it is {value!r}.")
    return result


def several(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


DEBUG = flag("DEBUG", True)
LOGGING = logs.configuration(debug=DEBUG, level=text("LOG_LEVEL", "INFO").upper())


def _secret_key() -> str:
    """In development a key is made once and kept, so that sessions outlive a restart; in production it must be given."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    if not DEBUG:
        raise ImproperlyConfigured("Set SECRET_KEY (50 random characters or more): DEBUG is off.")
    path = BASE_DIR / "var" / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(secrets.token_urlsafe(50))
        fresh.chmod(0o600)
        fresh.replace(path)
    return path.read_text()


SECRET_KEY = _secret_key()
ARENA_NAME = text("ARENA_NAME", "Evenhand")
ALLOWED_HOSTS = several("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = several("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "servestatic",
    "rest_framework",
    "drf_spectacular",
    "arena",
    "arena.http",
    "arena.users",
    "arena.contenders",
    "arena.providers",
    "arena.votelog",
    "arena.ledger",
    "arena.ratings",
    "arena.prompts",
    "arena.battles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "arena.urls"
ASGI_APPLICATION = "arena.asgi.application"

# One PostgreSQL holds everything. Without a pool every request would open a connection of its own (6 ms).
DATABASE_URL = text("DATABASE_URL", "")
DATABASE_POOL = number("DATABASE_POOL", 10, least=1)
STREAM_POOL = number("STREAM_POOL", 8, least=1)


def _database(url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    taken = {"dbname", "user", "password", "host", "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "evenhand"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10}}
        | {key: value for key, value in parts.items() if key not in taken},
    }


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS: dict[str, Any] = {}

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
HTTPS = flag("HTTPS", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
CSRF_FAILURE_VIEW = "arena.http.problems.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Addresses are believed from X-Forwarded-For only as many proxies deep as the operator says stand before us.
PROXY_DEPTH = number("PROXY_DEPTH", 1 if flag("BEHIND_PROXY", False) else 0)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
FRONTEND_BUILD = BASE_DIR / "frontend" / "build"
SERVESTATIC_ROOT = FRONTEND_BUILD if FRONTEND_BUILD.is_dir() else None
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_INDEX_FILE = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["arena.http.session.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["arena.http.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "arena.http.paging.Pages",
    "EXCEPTION_HANDLER": "arena.http.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Evenhand",
    "DESCRIPTION": "An open arena: blind comparisons of language models, paid and verifiable.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "arena.http.schema.describe_lean_routes"],
    "ENUM_NAME_OVERRIDES": {
        "Outcome": "arena.battles.models.Outcome",
        "AnswerStatus": "arena.battles.models.Status",
        "ContenderState": "arena.contenders.models.State",
        "Openness": "arena.contenders.models.Openness",
        "BattleState": "arena.battles.api.serializers.STATES",
        "SideLetter": "arena.battles.api.serializers.SIDES",
        "VoteReason": "arena.battles.api.serializers.REASONS",
    },
    "LICENSE": {"name": "Apache-2.0"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = number("MAX_BODY_BYTES", 256 * 1024, least=1024)

# Battles
PROMPT_CHARS = number("PROMPT_CHARS", 12_000, least=1)
ANSWER_CHARS = number("ANSWER_CHARS", 100_000, least=100)
ANSWER_TOKENS = number("ANSWER_TOKENS", 1024, least=16)
TURNS = number("TURNS", 10, least=1)
ATTEMPTS = number("ATTEMPTS", 3, least=1)
TICKET_SECONDS = number("TICKET_SECONDS", 900, least=10)
BATTLES_PER_PROCESS = number("BATTLES_PER_PROCESS", 200, least=1)
LEASE_SECONDS = seconds("LEASE_SECONDS", 8)
DRAIN_SECONDS = seconds("DRAIN_SECONDS", 10)
PAIRING_POLICY = text("PAIRING_POLICY", "fresh_first")
PAIRING_UNIFORM_SHARE = Decimal(text("PAIRING_UNIFORM_SHARE", "0.25"))
PROJECTOR_POLL_SECONDS = seconds("PROJECTOR_POLL_SECONDS", 0.1)
BOARD_TICK_SECONDS = seconds("BOARD_TICK_SECONDS", 0.5)
PRELIMINARY_VOTES = number("PRELIMINARY_VOTES", 30)

# Points
REWARD_POINTS = number("REWARD_POINTS", 10)
REWARD_DAILY_CAP = number("REWARD_DAILY_CAP", 500)
REWARD_NETWORK_CAP = number("REWARD_NETWORK_CAP", 1000)
HOLD_SECONDS = number("HOLD_SECONDS", 0 if DEBUG else 24 * 60 * 60)

# Providers
OUTBOUND_MAX_CONNECTIONS = number("OUTBOUND_MAX_CONNECTIONS", 1000, least=2)
OUTBOUND_CONNECT_TIMEOUT = seconds("OUTBOUND_CONNECT_TIMEOUT", 5)
OUTBOUND_ALLOW = several("OUTBOUND_ALLOW", "127.0.0.1,::1,localhost" if DEBUG else "")
FIRST_TOKEN_SECONDS = seconds("FIRST_TOKEN_SECONDS", 60)
IDLE_SECONDS = seconds("IDLE_SECONDS", 30)
ANSWER_SECONDS = seconds("ANSWER_SECONDS", 300)
PROVIDERS_FILE = text("PROVIDERS_FILE", str(BASE_DIR / "fixtures" / "contenders.json"))
CONTENDERS = several("CONTENDERS")
