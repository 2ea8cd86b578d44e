"""What holds in every environment. Values come from the environment; see `.env.example`."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

import environ

from config.settings.api import *
from config.settings.console import *
from config.settings.edge import *
from config.settings.logs import logging_configuration
from config.settings.metrics import *
from config.settings.rails import *
from config.settings.seeing_inside import *
from config.settings.sign_in import *
from config.settings.web_security import *
from infrastructure.brokers.kinds import broker_kind

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parents[2]

SECRET_KEY = env("DJANGO_SECRET_KEY", default="")
# What was signed with these is still believed, while the key is being changed.
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DJANGO_DEBUG", default=False)
# What the console shows as the version of the code: a commit, or whatever tells deployments apart.
CODE_VERSION = env("CODE_VERSION", default="")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[])
# The address under which clients reach the service; links in answers are built with it when it is set.
PUBLIC_URL = env("PUBLIC_URL", default="").rstrip("/")

PAGE_APPS = [
    *CONSOLE_APPS,
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "pgtrigger",
    "database",  # its migrate takes the place of Django's
    "access",
    "events",
    "payouts",
    "infrastructure",
    "heartbeats",
]

MIDDLEWARE = [
    "config.interfaces.http.metrics.MetricsMiddleware",
    "config.interfaces.http.tracing.TracingMiddleware",
    "config.interfaces.http.request_id.RequestIdMiddleware",
    "config.interfaces.http.rates.RatesMiddleware",
    "config.interfaces.http.database_patience.DatabasePatienceMiddleware",
    # A request with an API key and no cookie goes no further than here: what follows is for people.
    "config.interfaces.http.short_way.ShortWay",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.interfaces.http.browser_rules.BrowserRulesMiddleware",
    "sign_in.polls.UseCountingSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
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

# --- Database -----------------------------------------------------------------------------------------------

# Which process this is: web, worker, relay, beat or command. Time-outs and pooling depend on it.
ROLE = env("PAYOUTS_ROLE", default="command")
if ROLE in SIGN_IN_ROLES:
    INSTALLED_APPS = [*PAGE_APPS, *INSTALLED_APPS, *SIGN_IN_APPS]
    MIDDLEWARE += SIGN_IN_MIDDLEWARE
else:
    # Celery checks the addresses at its start, and would load all pages for it. Nobody asks it for any.
    ROOT_URLCONF = "config.no_urls"
    MIDDLEWARE = []

DATABASES = {
    # The parts are not put into an address, where some characters of a password would mean something else.
    "default": env.db_url("DATABASE_URL")
    if env("DATABASE_URL", default="")
    else {
        "USER": env("POSTGRES_USER", default="payouts"),
        "PASSWORD": env("POSTGRES_PASSWORD", default=""),
        "HOST": env("POSTGRES_HOST", default="127.0.0.1"),
        "PORT": env("POSTGRES_PORT", default="5432"),
        "NAME": env("POSTGRES_DB", default="payouts"),
    }
}

# A request must be answered within seconds; a migration may take as long as it takes, but never queues
# others behind a lock it cannot get.
_STATEMENT_TIMEOUT_MS = {"web": 5_000, "worker": 15_000, "relay": 15_000, "beat": 5_000}.get(ROLE, 0)
_LOCK_TIMEOUT_MS = 3_000
# A server that is stopped enforces no time-out: ours comes after its own, with room for the way back.
_ANSWER_TIMEOUT_SECONDS = {"web": 5.5, "worker": 16.0, "relay": 16.0, "beat": 5.5}.get(ROLE, inf)

# What the server keeps to in everything that this process asks of it; milliseconds, 0 for no bound.
DATABASE_SESSION_SETTINGS = {
    "statement_timeout": _STATEMENT_TIMEOUT_MS,
    "lock_timeout": _LOCK_TIMEOUT_MS,
    "idle_in_transaction_session_timeout": 15_000,
    "timezone": "UTC",
    # A 201 says that the payout is on disk, whatever the server's own default is.
    "synchronous_commit": "on",
}
# Whether PgBouncer gives each transaction another of its connections, which knows nothing of the last one.
DB_BEHIND_PGBOUNCER = env.bool("DB_BEHIND_PGBOUNCER", default=False)
_SESSION = (
    {"transaction_settings": DATABASE_SESSION_SETTINGS}
    if DB_BEHIND_PGBOUNCER
    else {"options": " ".join(f"-c {name}={value}" for name, value in DATABASE_SESSION_SETTINGS.items())}
)

DATABASES["default"] |= {
    "ENGINE": "database.postgresql",
    "CONN_HEALTH_CHECKS": True,
    "CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=60),
    "DISABLE_SERVER_SIDE_CURSORS": DB_BEHIND_PGBOUNCER,
    # Beside what the address asks for, such as sslmode.
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {
        "connect_timeout": 3,
        "answer_timeout_seconds": _ANSWER_TIMEOUT_SECONDS,
        "application_name": f"payouts-{ROLE}",
        # Values travel beside their statement, and no server's log shows them with one that failed.
        "server_side_binding": True,
        # By Django's cursors nothing is prepared: a plan for all values leaves partial indexes aside.
        "prepare_threshold": None,
    }
    | _SESSION,
}
if ROLE == "web":
    # Threads hand their connections on after each request. Elsewhere nobody shares.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["shares_connections"] = True

# What one request may wait for the database in all, however many statements it takes; then it is a 503.
DATABASE_PATIENCE_SECONDS = 6.0

# Production switches this on: a server without fsync is refused.
REFUSE_UNDURABLE_DATABASE = False

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis --------------------------------------------------------------------------------------------------

# Of the server; a database number in it is left out, since broker and cache have one each.
REDIS_URL = urlsplit(env("REDIS_URL", default="redis://127.0.0.1:6379"))._replace(path="").geturl()
# Bounded waits: whatever becomes of Redis, no request and no relay hangs on it.
_REDIS_WAITS = {"socket_connect_timeout": 0.2, "socket_timeout": 0.5}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env("REDIS_CACHE_URL", default=f"{REDIS_URL}/1"),
        "TIMEOUT": 60,
        "OPTIONS": _REDIS_WAITS | {"serializer": "infrastructure.json_serializer.JSONSerializer"},
    }
}

# --- Celery -------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=f"{REDIS_URL}/0")
CELERY_TASK_IGNORE_RESULT = True  # what a task did is in the database
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True  # a killed worker's wake-up is given to another
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a wake-up waits for a free worker, not behind a busy one
CELERY_TASK_SOFT_TIME_LIMIT = 60  # far above a batch: the rail's deadline and two transactions
CELERY_TASK_TIME_LIMIT = 90
# A task that has not moved on for this long tells of children that take none any more; the worker ends then.
WORKER_PATIENCE_SECONDS = env.float("WORKER_PATIENCE_SECONDS", default=CELERY_TASK_TIME_LIMIT + 30.0)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CONSUMER = "infrastructure.celery_consumer:PromptConsumer"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # wait for the broker as long as it takes
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a payment on its way is not cut off
# By the scheme of the address: bounded waits for every broker, and the queue as it must be declared there.
_BROKER = broker_kind(CELERY_BROKER_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = dict(_BROKER.transport_options(CELERY_BROKER_URL))
# Never long: the relay tries again, and the sweeps find what it could not publish.
CELERY_TASK_PUBLISH_RETRY_POLICY = dict(_BROKER.publish_retries(CELERY_BROKER_URL))
CELERY_TASK_PUBLISH_RETRY = bool(CELERY_TASK_PUBLISH_RETRY_POLICY)
CELERY_TASK_QUEUES = _BROKER.queues("celery")
CELERY_BROKER_HEARTBEAT = 10  # seconds; where the broker knows them, a worker hears of a silent one
CELERY_TIMEZONE = "UTC"
# Celery would close the connection to the database at each border of a task, and a new one costs more than a
# few payouts. A task begins with a usable one (infrastructure.celery_task), which CONN_MAX_AGE renews.
CELERY_DB_REUSE_MAX = 1_000_000

# Sweeps find what a lost message hid. Each is harmless when run twice, and forgotten when it is late.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=2.0)
_SWEEP = {"schedule": timedelta(seconds=SWEEP_SECONDS), "options": {"expires": 10}}
CELERY_BEAT_SCHEDULE = {
    "wake workers for what is due": {"task": "infrastructure.payouts.tasks.wake_workers", **_SWEEP},
    "give up expired leases": {"task": "infrastructure.payouts.tasks.expire_leases", **_SWEEP},
    "ask rails about what is open": {"task": "infrastructure.payouts.tasks.inquire_everywhere", **_SWEEP},
    "note when keys were used": {
        "task": "infrastructure.key_uses.note_key_uses",
        **_SWEEP,
        "schedule": timedelta(seconds=KEY_USE_SWEEP_SECONDS),
    },
    "watch the relay": {"task": "infrastructure.payouts.tasks.watch_relay", **_SWEEP},
}

# --- Access -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "access.Operator"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# Keys the hash of API keys: a copy of the table alone cannot be used to test guesses.
API_KEY_HASH_KEY = env("API_KEY_HASH_KEY", default="")
# Earlier ones: keys that were hashed with them are still known.
API_KEY_HASH_KEY_FALLBACKS = env.list("API_KEY_HASH_KEY_FALLBACKS", default=[])

# --- Bank details -------------------------------------------------------------------------------------------

# "id:secret,id:secret": the first encrypts account numbers, all decrypt. A secret is 32 bytes in base64.
FIELD_ENCRYPTION_KEYS = env("FIELD_ENCRYPTION_KEYS", default="")
# Keys the hashes by which equal account numbers are found.
FIELD_HASH_KEY = env("FIELD_HASH_KEY", default="")

# --- HTTP ---------------------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # bytes; a payout with full metadata is a third of it
APPEND_SLASH = False  # a redirected POST loses its body
CSRF_TRUSTED_ORIGINS = origin_of(PUBLIC_URL)
PAGE_CONTENT_POLICY = page_content_policy(origin_of(OIDC_SERVER_URL))

STATIC_URL = "static/"
STATIC_ROOT = env("DJANGO_STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOG_FORMAT = env("LOG_FORMAT", default="json")
LOGGING = logging_configuration(level=LOG_LEVEL, log_format=LOG_FORMAT)
