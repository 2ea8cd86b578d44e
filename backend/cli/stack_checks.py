"""What `payouts doctor` asks the running stack."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import redis
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.child import answers_ok
from cli.children import ServiceChildren
from cli.environment import Endpoints, keep_or_make_secrets, remembered_endpoints
from cli.findings import Finding, broken, note, well
from cli.home import BACKEND, Home, is_in_use
from cli.private_files import read_json
from cli.processes import find_remembered
from cli.refusals import Refusal

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
AMQP_SCHEMES = ("amqp", "amqps")
MIGRATE_TIMEOUT_SECONDS = 60


def check_stack(home: Home, environ: Mapping[str, str]) -> Iterator[Finding]:
    running = is_in_use(home)
    try:
        endpoints = remembered_endpoints(home, environ)
    except Refusal:
        yield note("Stack", f"none has run in {home.root} yet", "Start it: payouts up")
        return
    if running:
        yield from check_running(home)
    else:
        yield note("Stack", "not running", "Start it: payouts up")
    yield from check_servers(home, endpoints, environ, running=running)


def check_running(home: Home) -> Iterator[Finding]:
    ready = read_json(home.ready_file)
    if ready is None:
        yield note("Stack", "starting or stopping", f"Wait a moment; the logs are in {home.logs}")
        return
    yield well("Stack", f"ready at {ready['url']}")
    for name in ready["processes"]:
        yield check_process(home, name)
    yield check_answers("Web", ready["url"], "/health/ready/", home.logs / "web.log")
    yield check_answers("Sandbox bank", ready["sandbox_bank_url"], "/health", home.logs / "sandbox_bank.log")


def check_process(home: Home, name: str) -> Finding:
    pid = find_remembered(home.run / f"{name}.pid")
    if pid is None:
        advice = (
            f"It is started again by itself. If it keeps ending, its log says why: {home.logs / name}.log"
        )
        return broken(f"Process {name}", "not running", advice)
    return well(f"Process {name}", f"runs as {pid}")


def check_answers(subject: str, url: str, path: str, log: object) -> Finding:
    if answers_ok(urlsplit(url).port or 80, path):
        return well(subject, f"{url}{path} answers 200")
    return broken(subject, f"{url}{path} does not answer 200", f"Its log says why: {log}")


@dataclass(frozen=True)
class Expectation:
    """Whether a server has to be there: the person's own always, an embedded one while the stack runs."""

    variable: str
    demanded: bool

    def unreachable(self, subject: str, error: Exception) -> Finding:
        seen = f"not reachable: {error}".strip().splitlines()[0]
        if self.demanded:
            return broken(subject, seen, f"Look at the server, and at {self.variable} if you have set it.")
        return note(subject, "not running", "It runs with the stack.")


def check_servers(
    home: Home, endpoints: Endpoints, environ: Mapping[str, str], *, running: bool
) -> Iterator[Finding]:
    database = Expectation("DATABASE_URL", running or bool(environ.get("DATABASE_URL")))
    try:
        yield check_database(endpoints.database_url)
    except psycopg.OperationalError as error:
        yield database.unreachable("Database", error)
    else:
        yield check_migrations(home, endpoints, environ)
    broker = Expectation("REDIS_URL", running or bool(environ.get("REDIS_URL")))
    try:
        yield check_redis(endpoints.redis_url)
    except redis.RedisError as error:
        yield broker.unreachable("Redis", error)
    broker_url = environ.get("CELERY_BROKER_URL", "")
    if urlsplit(broker_url).scheme in AMQP_SCHEMES:
        yield check_rabbitmq(broker_url)


def check_database(url: str) -> Finding:
    """Look inside; raise psycopg.OperationalError when there is no way in."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        query = "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name"
        switched_off = [name for (name,) in connection.execute(query, [list(DURABLE)])]
    if switched_off:
        names = ", ".join(switched_off)
        return broken(
            "Database", f"{names}: off", f"Switch on {names}: without, an answered payout can be lost."
        )
    return well("Database", f"PostgreSQL {version[0] if version else '?'}, {', '.join(DURABLE)} on")


def check_redis(url: str) -> Finding:
    """Look inside; raise redis.RedisError when there is no way in."""
    with redis.Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
        client.ping()
        policy = str(client.config_get("maxmemory-policy").get("maxmemory-policy"))
    if policy != "noeviction":
        advice = "Set maxmemory-policy to noeviction: a broker must not drop messages."
        return note("Redis", f"maxmemory-policy is {policy}", advice)
    return well("Redis", "reachable, evicts nothing")


def check_rabbitmq(url: str) -> Finding:
    """Beside Redis, which stays as the cache."""
    with Connection(url, connect_timeout=5) as connection:
        try:
            connection.ensure_connection(max_retries=0)
        except OperationalError as error:
            return Expectation("CELERY_BROKER_URL", demanded=True).unreachable("RabbitMQ", error)
        about = connection.connection.server_properties
    return well("RabbitMQ", f"{about['product']} {about['version']} takes messages")


def check_migrations(home: Home, endpoints: Endpoints, environ: Mapping[str, str]) -> Finding:
    children = ServiceChildren(
        home=home, endpoints=endpoints, stack_secrets=keep_or_make_secrets(home), environ=environ
    )
    try:
        done = subprocess.run(  # nosec B603 # no shell; our own program
            [sys.executable, "manage.py", "migrate", "--check"],
            cwd=BACKEND,
            env=children.environment(role="command"),
            capture_output=True,
            text=True,
            timeout=MIGRATE_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return broken(
            "Migrations", "manage.py does not end", "Run `payouts manage migrate --check` and look."
        )
    if done.returncode == 0:
        return well("Migrations", "all applied")
    last_line = (done.stderr or done.stdout).strip().rpartition("\n")[2] or "some are pending"
    return broken("Migrations", last_line, "Run `payouts manage migrate`, or start the stack anew.")
