"""Every knob, read once from the environment by helpers that fail loudly. docs/OPERATIONS.md explains each one."""

import os
import secrets
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from arena import database, logs, mail, signers
from arena.environment import address, addresses, flag, made_once, money, number, one_of, seconds, secret_keys, several, share, text

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = flag("DEBUG", True)
LOGGING = logs.configuration(debug=DEBUG, level=one_of("LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))


def _secret_key() -> str:
    """In development a key is made once and kept, so that sessions outlive a restart; in production it must be given."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    if not DEBUG:
        raise ImproperlyConfigured("Set SECRET_KEY (50 random characters or more): DEBUG is off.")
    return made_once(BASE_DIR / "var" / "secret_key", lambda: secrets.token_urlsafe(50))


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = several("SECRET_KEY_FALLBACKS")
SECRETS_KEYS = secret_keys(several("SECRETS_KEYS"), kept=BASE_DIR / "var" / "secrets_key" if DEBUG else None)
ARENA_NAME, DATA_LICENCE = text("ARENA_NAME", "Evenhand"), text("DATA_LICENCE", "CC-BY-4.0")
HOST, PORT = text("HOST", "127.0.0.1"), number("PORT", 8000, least=1, most=65_535)
ALLOWED_HOSTS = several("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = addresses("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "arena.console.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "servestatic",
    "rest_framework",
    "drf_spectacular",
    "arena.accounts",  # its mails stand before allauth's own
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "auditlog",
    "arena",
    "arena.http",
    "arena.users",
    "arena.trail",
    "arena.chain",
    "arena.contenders",
    "arena.providers",
    "arena.votelog",
    "arena.ledger",
    "arena.ratings",
    "arena.moderation",
    "arena.prompts",
    "arena.battles",
    "arena.catalogue",
    "arena.credits",
    "arena.vendors",
    "arena.vendors.hooks",
    "arena.vendors.submissions",
    "arena.console",
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
    "arena.accounts.edge.Edge",
    "allauth.account.middleware.AccountMiddleware",
    "arena.trail.middleware.Trail",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [BASE_DIR / "arena" / "console" / "templates"],  # the admin's pages in the site's form, before Django's own
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

AUDITLOG_LOGENTRY_MODEL = "trail.Change"
MIGRATION_MODULES = {"auditlog": None}  # its own table, which `trail.Change` stands in for, is never made

# Shared by every process of the arena: what it counts (tries to sign in, for example) must not depend on who answers.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "arena_cache",
        "KEY_FUNCTION": "arena.http.cache.hashed",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# One PostgreSQL holds everything. Without a pool every request would open a connection of its own (6 ms).
DATABASE_URL = text("DATABASE_URL", "")
DATABASE_POOL = number("DATABASE_POOL", 10, least=1)
STREAM_POOL = number("STREAM_POOL", 8, least=1)
DATABASES = {"default": database.settings_of(DATABASE_URL, DATABASE_POOL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS: dict[str, Any] = {}

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]
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
# Addresses are believed from X-Forwarded-For only as many proxies deep as the operator says stand before us.
PROXY_DEPTH = number("PROXY_DEPTH", 1 if flag("BEHIND_PROXY", False) else 0)

# Accounts
PUBLIC_URL = address("PUBLIC_URL", secure=False)
SIGN_IN = one_of("SIGN_IN", "anonymous_first", "anonymous_first", "required")
ALLOWED_EMAIL_DOMAINS = [domain.lower().lstrip("@") for domain in several("ALLOWED_EMAIL_DOMAINS")]
DEFAULT_FROM_EMAIL = text("EMAIL_FROM", "Evenhand <arena@localhost>")
MAIL = mail.settings_of(text("EMAIL_URL", "console:" if DEBUG else ""))
EMAIL_BACKEND, EMAIL_TIMEOUT = MAIL.backend, 10
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.host, MAIL.port, MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_FILE_PATH = MAIL.starttls, MAIL.tls, MAIL.folder or None
# A list of allowed domains keeps nobody out while an address may be claimed without proof.
_PROOF = "none" if not MAIL.sends else "mandatory" if ALLOWED_EMAIL_DOMAINS else "optional"
EMAIL_VERIFICATION = one_of("EMAIL_VERIFICATION", _PROOF, "none", "optional", "mandatory")
OIDC_ISSUER = address("OIDC_ISSUER", secure=not DEBUG)
OIDC_CLIENT_ID = text("OIDC_CLIENT_ID", "") if not OIDC_ISSUER else text("OIDC_CLIENT_ID")
OIDC_SECRET = text("OIDC_SECRET", "")
OIDC_NAME = text("OIDC_NAME", "Single sign-on")

ACCOUNT_ADAPTER = "arena.accounts.adapters.AccountAdapter"
ACCOUNT_USER_DISPLAY = "arena.accounts.adapters.display_name"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{ARENA_NAME}] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL.sends
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
# Keys stand behind the `#`, which no server is sent and no log keeps.
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{PUBLIC_URL}/account/verify#{{key}}",
    "account_reset_password": f"{PUBLIC_URL}/account/reset",
    "account_reset_password_from_key": f"{PUBLIC_URL}/account/reset#{{key}}",
    "account_signup": f"{PUBLIC_URL}/account",
    "socialaccount_login_error": f"{PUBLIC_URL}/account",
}
MFA_ADAPTER = "arena.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = ARENA_NAME
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an arena may be without mail; sign-in is asked for the second factor all the same
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_ADAPTER = "arena.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
FRONTEND_BUILD = BASE_DIR / "frontend" / "build"
SERVESTATIC_ROOT = FRONTEND_BUILD if FRONTEND_BUILD.is_dir() else None
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_INDEX_FILE = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["arena.vendors.bearer.KeyAuthentication", "arena.http.session.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["arena.http.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "arena.http.paging.Pages",
    "EXCEPTION_HANDLER": "arena.http.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a word of our own
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Evenhand",
    "DESCRIPTION": "An open arena: blind comparisons of language models, paid and verifiable.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "arena.http.schema.describe_lean_routes"],
    "ENUM_NAME_OVERRIDES": {
        "Outcome": "arena.battles.models.Outcome",
        "AnswerStatus": "arena.battles.models.Status",
        "ContenderState": "arena.contenders.models.State",
        "Openness": "arena.contenders.models.Openness",
        "ContenderEndpoint": "arena.contenders.models.Endpoint",
        "EventKind": "arena.contenders.models.Event.Kind",
        "UnratedReason": "arena.battles.api.serializers.UNRATED",
        "BattleState": "arena.battles.api.serializers.STATES",
        "SideLetter": "arena.battles.api.serializers.SIDES",
        "VoteReason": "arena.battles.api.serializers.REASONS",
        "ReportReason": "arena.battles.models.ReportReason",
        "EpochState": "arena.credits.queries.STATES",
        "ConversionState": "arena.credits.api.shapes.CONVERSION_STATES",
        "BoardState": ("live", "building"),
        "ModerationAction": "arena.moderation.categories.ACTIONS",
        "ModeratedKind": "arena.battles.api.moderation.KINDS",
        "Protocol": "arena.providers.models.Protocol",
        "SubmittedProtocol": "arena.vendors.submissions.shapes.PROTOCOLS",
        "InvitationState": "arena.console.queries.INVITATION_STATES",
        "JobStatus": "arena.console.jobs.STATUSES",
        "StaffRole": "arena.console.roles.ROLES",
        "TroubleCode": "arena.console.health.CODES",
        "PoolState": "arena.prompts.serving.State",
        "BothBad": ("draw", "ignore"),
        "WalletKind": "arena.users.models.Wallet.Kind",
        "WebhookState": "arena.vendors.hooks.models.State",
        "WebhookMessageState": "arena.vendors.hooks.models.Message.State",
        "WebhookEvent": "arena.vendors.hooks.changes.EVENTS",
        "WebhookMessageType": "arena.vendors.hooks.changes.TYPES",
        "SubmissionState": "arena.vendors.submissions.models.State",
        "OrganisationRole": "arena.vendors.models.Role",
        "KeyScope": "arena.vendors.models.Scope",
    },
    "LICENSE": {"name": "Apache-2.0"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = number("MAX_BODY_BYTES", 256 * 1024, least=1024)

# Prompt pools: what one file may hold
IMPORT_BYTES = number("IMPORT_BYTES", 16 * 1024**2, least=1024)
IMPORT_ROWS = number("IMPORT_ROWS", 50_000, least=1)

# Battles
PROMPT_CHARS = number("PROMPT_CHARS", 12_000, least=1)
ANSWER_CHARS, ANSWER_TOKENS = number("ANSWER_CHARS", 100_000, least=100), number("ANSWER_TOKENS", 1024, least=16)
TURNS, ATTEMPTS = number("TURNS", 10, least=1), number("ATTEMPTS", 3, least=1)
TICKET_SECONDS = number("TICKET_SECONDS", 900, least=10, most=10**9)
BATTLES_PER_PROCESS, BATTLES_PER_SESSION = number("BATTLES_PER_PROCESS", 200, least=1), number("BATTLES_PER_SESSION", 4)
BATTLES_NETWORK_SHARE = share("BATTLES_NETWORK_SHARE", 0.2)
LEASE_SECONDS = seconds("LEASE_SECONDS", 8)
SEAT_SECONDS = number("SEAT_SECONDS", 1800, least=1, most=10**9)
DRAIN_SECONDS, DRAIN_NOTICE_SECONDS = seconds("DRAIN_SECONDS", 10), seconds("DRAIN_NOTICE_SECONDS", 0)
PAIRING_POLICY = one_of("PAIRING_POLICY", "contested", "contested", "misorder", "fresh_first", "uniform")
PAIRING_UNIFORM_SHARE = share("PAIRING_UNIFORM_SHARE", 0.25, least=0.0001)
PRIVATE_TEST_SHARE = share("PRIVATE_TEST_SHARE", 0.05)
PROJECTOR_POLL_SECONDS = seconds("PROJECTOR_POLL_SECONDS", 0.1)
BOARD_TICK_SECONDS = seconds("BOARD_TICK_SECONDS", 0.5)
PRELIMINARY_VOTES = number("PRELIMINARY_VOTES", 30)
HISTORY_SECONDS = seconds("HISTORY_SECONDS", 600 if DEBUG else 86_400)


class Limit(NamedTuple):
    """How often an hour something may be done: by one person, by those of one network whom nothing stands behind, by all. 0: as often as they like."""

    person: int
    network: int
    arena: int


def limit(name: str, person: int, network: int, arena: int) -> Limit:
    """The limit of this name, and what it is unless the environment says otherwise."""
    stem = f"LIMIT_{name}_PER_HOUR"
    return Limit(number(stem, person), number(f"{stem}_NETWORK", network), number(f"{stem}_ARENA", arena))


LIMITS = {
    "battles": limit("BATTLES", 200, 5_000, 100_000),
    "turns": limit("TURNS", 400, 10_000, 200_000),
    "votes": limit("VOTES", 400, 10_000, 1_000_000),
    "stops": limit("STOPS", 1_000, 20_000, 500_000),
    "consents": limit("CONSENTS", 60, 1_000, 50_000),
    "reports": limit("REPORTS", 30, 500, 10_000),
    "conversions": limit("CONVERSIONS", 60, 1_000, 50_000),
    "wallets": limit("WALLETS", 60, 600, 20_000),
    "reads": limit("READS", 2_000, 5_000, 0),
    "exports": limit("EXPORTS", 10, 100, 1_000),
    "organisations": limit("ORGANISATIONS", 60, 0, 2_000),
}
# Of each API key that the operator has given no other one.
LIMIT_KEY_PER_HOUR = number("LIMIT_KEY_PER_HOUR", 20_000)
# What answers may use up in a day (UTC); 0: as much as they like.
DAILY_TOKENS = number("DAILY_TOKENS", 100_000_000)
DAILY_TOKENS_PERSON = number("DAILY_TOKENS_PERSON", 2_000_000)
DAILY_COST_USD = money("DAILY_COST_USD", 100)
DAILY_COST_USD_PERSON = money("DAILY_COST_USD_PERSON", 10)
# Proof of work is asked of whom nothing stands behind once their network has begun so many battles in an hour without; 0: always, -1: never.
POW_AFTER = number("POW_AFTER", 20, least=-1)
POW_WORK = number("POW_WORK", 100_000, least=1)
MAX_STREAMS = number("MAX_STREAMS", 5_000, least=1)
MAX_STREAMS_SESSION = number("MAX_STREAMS_SESSION", 16, least=1)
MAX_SOCKETS = number("MAX_SOCKETS", 20_000, least=1)
MAX_SOCKETS_NETWORK = number("MAX_SOCKETS_NETWORK", 2_000, least=1)
MAX_SOCKETS_KEY = number("MAX_SOCKETS_KEY", 50, least=1)

# Moderation: a checker outside that speaks the moderation protocol; whether it is asked is for operators to say
MODERATION_URL = address("MODERATION_URL", secure=not DEBUG)
MODERATION_KEY = text("MODERATION_KEY", "")
MODERATION_MODEL = text("MODERATION_MODEL", "")

# Points
REWARD_POINTS = number("REWARD_POINTS", 10, most=10**9)
REWARD_DAILY_CAP = number("REWARD_DAILY_CAP", 500, most=10**9)
REWARD_NETWORK_CAP = number("REWARD_NETWORK_CAP", 1000, most=10**9)
HOLD_SECONDS = number("HOLD_SECONDS", 0 if DEBUG else 24 * 60 * 60, most=10**9)

# Chain: nothing of it without an address
CHAIN_RPC_URL = address("CHAIN_RPC_URL", secure=False)
CHAIN_ID = number("CHAIN_ID", 31337, least=1)
CHAIN_NAME = text("CHAIN_NAME", "Development chain" if CHAIN_ID == 31337 else f"Chain {CHAIN_ID}")
CHAIN_EXPLORER = address("CHAIN_EXPLORER", secure=not DEBUG)
CHAIN_PUBLIC_RPC_URL = address("CHAIN_PUBLIC_RPC_URL", secure=not DEBUG)
CHAIN_CONFIRMATIONS = number("CHAIN_CONFIRMATIONS", 0)
CHAIN_SECONDS = seconds("CHAIN_SECONDS", 10)
SETTLER_KEY, GUARDIAN_KEY, DEPLOYER_KEY = text("SETTLER_KEY", ""), text("GUARDIAN_KEY", ""), text("DEPLOYER_KEY", "")
signers.check(
    {"SETTLER_KEY": SETTLER_KEY, "GUARDIAN_KEY": GUARDIAN_KEY, "DEPLOYER_KEY": DEPLOYER_KEY},
    chain_id=CHAIN_ID,
    rpc_url=CHAIN_RPC_URL,
    debug=DEBUG,
)

# Credits: 1 point is so many base units of a credit with 6 decimals
UNITS_PER_POINT = number("UNITS_PER_POINT", 1_000, least=1)
CONVERSION_MINIMUM = number("CONVERSION_MINIMUM", 10 if DEBUG else 1_000, least=1)
CONVERSION_DAILY_CAP = number("CONVERSION_DAILY_CAP", 10_000)
CONVERSION_MONTHLY_CAP = number("CONVERSION_MONTHLY_CAP", 50_000)
CONVERSION_CHECK = text("CONVERSION_CHECK", "")
EPOCH_SECONDS = seconds("EPOCH_SECONDS", 60 if DEBUG else 7 * 86_400)
EPOCH_RELEASE_ABOVE = number("EPOCH_RELEASE_ABOVE", 1_000_000_000)
SETTLE_SECONDS = seconds("SETTLE_SECONDS", 2 if DEBUG else 15)
FEE_PATIENCE_SECONDS = seconds("FEE_PATIENCE_SECONDS", 90)
FEE_CEILING_GWEI = number("FEE_CEILING_GWEI", 500, least=1)
SPONSOR_WEI_A_DAY = number("SPONSOR_WEI_A_DAY", 0, most=10**27)
WALLET_CHALLENGE_SECONDS = seconds("WALLET_CHALLENGE_SECONDS", 300)

# Operation
METRICS_TOKEN = text("METRICS_TOKEN", "")
METRICS_PORT, METRICS_HOST = number("METRICS_PORT", 0, most=65_535), text("METRICS_HOST", "127.0.0.1")
MIGRATE_LOCK_SECONDS, MIGRATE_STATEMENT_SECONDS = seconds("MIGRATE_LOCK_SECONDS", 3), seconds("MIGRATE_STATEMENT_SECONDS", 300)

# Providers
OUTBOUND_MAX_CONNECTIONS = number("OUTBOUND_MAX_CONNECTIONS", 1000, least=2)
OUTBOUND_CONNECT_TIMEOUT = seconds("OUTBOUND_CONNECT_TIMEOUT", 5)
OUTBOUND_ALLOW = several("OUTBOUND_ALLOW", "127.0.0.1,::1,localhost" if DEBUG else "")
# What vendors name, webhooks and contenders that they submit, may not go where the operator's own providers stand.
OUTBOUND_ALLOW_STRANGERS = several("OUTBOUND_ALLOW_STRANGERS", "127.0.0.1,::1,localhost" if DEBUG else "")
if OIDC_ISSUER:  # the operator has named it: it may stand in their own network
    OUTBOUND_ALLOW.append(urlsplit(OIDC_ISSUER).netloc.rpartition("@")[2])
FIRST_TOKEN_SECONDS = seconds("FIRST_TOKEN_SECONDS", 60)
IDLE_SECONDS = seconds("IDLE_SECONDS", 30)
ANSWER_SECONDS = seconds("ANSWER_SECONDS", 300)
PAUSE_WINDOW_SECONDS, PAUSE_LEAST_ANSWERS = seconds("PAUSE_WINDOW_SECONDS", 900), number("PAUSE_LEAST_ANSWERS", 10, least=1)
PAUSE_FAILURE_SHARE = share("PAUSE_FAILURE_SHARE", 0.5)
CANARY_SECONDS, CANARY_THRESHOLD = seconds("CANARY_SECONDS", 0 if DEBUG else 86_400), share("CANARY_THRESHOLD", 0.25)
PROVIDERS_FILE = text("PROVIDERS_FILE", str(BASE_DIR / "fixtures" / "contenders.json"))
CONTENDERS = several("CONTENDERS")
