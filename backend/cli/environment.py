"""The variables under which the service's processes run in the local stack."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.server import NotPrepared
from cli.embedded.valkey import EmbeddedValkey
from cli.home import Home
from cli.ports import HOST, keep_or_find_port
from cli.private_files import read_json, write_private_json

# The C library would give each thread a heap of its own, and return hardly any of it.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2"}
# Whose metrics are told, each on a port of its own.
MEASURED_ROLES = ("web", "worker", "relay", "beat")


@dataclass(frozen=True)
class StackSecrets:
    """Made once per home; another key would turn every stored API key into a stranger's."""

    django_secret_key: str = field(repr=False)
    api_key_hash_key: str = field(repr=False)
    field_encryption_keys: str = field(repr=False)
    field_hash_key: str = field(repr=False)
    callback_secret: str = field(repr=False)
    admin_password: str = field(repr=False)


@dataclass(frozen=True)
class Endpoints:
    port: int
    bank_port: int
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    metrics_ports: Mapping[str, int] = field(default_factory=dict)
    """By the role of the process that tells its metrics there."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def bank_url(self) -> str:
        return f"http://{HOST}:{self.bank_port}"

    @property
    def metrics_urls(self) -> dict[str, str]:
        return {role: f"http://{HOST}:{port}/metrics" for role, port in self.metrics_ports.items()}


def keep_or_make_secrets(home: Home) -> StackSecrets:
    """Make those that the home has not yet: it may be older than the newest of them."""
    kept = read_json(home.secrets_file) or {}
    made = {
        "django_secret_key": secrets.token_urlsafe(48),
        "api_key_hash_key": secrets.token_urlsafe(48),
        "field_encryption_keys": f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "field_hash_key": secrets.token_urlsafe(48),
        # The Standard Webhooks scheme: this prefix, then the key in base64.
        "callback_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "admin_password": secrets.token_urlsafe(12),
    }
    if made.keys() - kept.keys():
        write_private_json(home.secrets_file, {**made, **kept})
    return StackSecrets(**{**made, **kept})


@dataclass(frozen=True)
class InnerPorts:
    """Those that nobody chooses."""

    bank: int
    metrics: Mapping[str, int]


def keep_or_find_inner_ports(home: Home, web_port: int) -> InnerPorts:
    """Give bank and metrics the same ports at each start; note the web's beside them for later commands."""
    kept = read_json(home.ports_file) or {}
    bank_port = keep_or_find_port(kept.get("sandbox_bank"))
    taken = {web_port, bank_port}
    metrics: dict[str, int] = {}
    for role in MEASURED_ROLES:
        metrics[role] = keep_or_find_port(kept.get("metrics", {}).get(role), taken=taken)
        taken.add(metrics[role])
    write_private_json(home.ports_file, {"web": web_port, "sandbox_bank": bank_port, "metrics": metrics})
    return InnerPorts(bank_port, metrics)


def remembered_endpoints(home: Home, environ: Mapping[str, str]) -> Endpoints:
    """Those of the stack that runs in this home, or ran last. Raises NotPrepared when none ever did."""
    ports = read_json(home.ports_file)
    if ports is None:
        raise NotPrepared("stack", home.root)
    return Endpoints(
        port=ports["web"],
        bank_port=ports["sandbox_bank"],
        metrics_ports=ports.get("metrics", {}),
        database_url=environ.get("DATABASE_URL") or EmbeddedPostgres(home=home.root).url,
        redis_url=environ.get("REDIS_URL") or EmbeddedValkey(home=home.root).url,
    )


def other_database(redis_url: str, offset: int) -> str:
    """Name the same server's database that many numbers further on."""
    parts = urlsplit(redis_url)
    number = int(parts.path.strip("/") or 0) + offset
    return urlunsplit((parts.scheme, parts.netloc, f"/{number}", parts.query, parts.fragment))


def service_environment(
    *, home: Home, endpoints: Endpoints, stack_secrets: StackSecrets, role: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """Prefer what the person has set to what the stack would choose, but for what each role must have."""
    chosen = {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "DJANGO_SECRET_KEY": stack_secrets.django_secret_key,
        "DJANGO_ALLOWED_HOSTS": f"{HOST},localhost",
        "DJANGO_HTTPS": "false",
        "DJANGO_STATIC_ROOT": str(home.static),
        "DATABASE_URL": endpoints.database_url,
        "REDIS_URL": endpoints.redis_url,
        "CELERY_BROKER_URL": other_database(endpoints.redis_url, 0),
        "REDIS_CACHE_URL": other_database(endpoints.redis_url, 1),
        "API_KEY_HASH_KEY": stack_secrets.api_key_hash_key,
        "FIELD_ENCRYPTION_KEYS": stack_secrets.field_encryption_keys,
        "FIELD_HASH_KEY": stack_secrets.field_hash_key,
        # Whoever tries the service out signs in with the password of the banner.
        "OPERATORS_NEED_SECOND_FACTOR": "false",
        "SANDBOX_BANK_SWITCHES": "true",
        "SANDBOX_BANK_URL": endpoints.bank_url,
        "SANDBOX_BANK_CALLBACK_SECRET": stack_secrets.callback_secret,
        "SANDBOX_BANK_CALLBACK_URL": f"{endpoints.url}/api/rails/sandbox/callbacks/",
        "PUBLIC_URL": endpoints.url,
        # One client plays many here, and all of them come from one address.
        "API_KEY_RATE": "600000",
        "ANONYMOUS_RATE": "60000",
        "LOG_FORMAT": "console",
        "METRICS_DIRECTORY": str(home.run / "metrics"),
    }
    given = {name: value for name, value in environ.items() if value or name not in chosen}
    # Four processes cannot tell their metrics on one port.
    own = {"PAYOUTS_ROLE": role, "METRICS_PORT": str(endpoints.metrics_ports.get(role, 0))}
    return {**chosen, **given, **own, "PYTHONUNBUFFERED": "1", **ALLOCATOR}
