"""The whole service as real processes, with a faulty network between it and its servers."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import psycopg
import redis

from cli.child_spec import HttpAnswers
from cli.children import ServiceChildren
from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.valkey import EmbeddedValkey
from cli.environment import Endpoints, keep_or_make_secrets
from cli.home import BACKEND, Home
from cli.ports import HOST, find_free_port
from cli.preparation import Preparation
from cli.refusals import Refusal
from tests.chaos.processes import ManagedProcess, Processes
from tests.chaos.proxy import FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cli.child_spec import ChildSpec

# Shorter than the defaults, so that no run waits long for a lease to run out or a person to be called.
TIMES = {
    "SANDBOX_RAIL_LEASE_SECONDS": "5",
    "SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS": "4",
    "SANDBOX_RAIL_HORIZON_SECONDS": "45",
}
# Nothing else of the starting shell reaches the service: it could lead around the proxies.
INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")

SERVERS = ("valkey", "postgres")
CLIENT_TIMEOUT_SECONDS = 10.0
SERVER_TIMEOUT_SECONDS = 5.0
# Above the patience of `migrate`.
MIGRATION_SECONDS = 400.0

TENANTS = ("Acme", "Globex")
OPEN_TENANTS = """
from django.core.management import call_command
for name in {names!r}:
    call_command("create_organization", name)
    call_command("create_api_key", name, "--name", "chaos")
"""


@dataclass(frozen=True)
class Tenant:
    """An organization of the test environment, and a key of every scope."""

    name: str
    organization_id: int
    api_key: str = field(repr=False)


class CommandFailed(Refusal):
    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        super().__init__(f"{done.args} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


@dataclass(frozen=True)
class Servers:
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey


@dataclass(frozen=True)
class Network:
    """The ways from the service to its servers and to the bank."""

    postgres: FaultyProxy
    valkey: FaultyProxy
    bank: FaultyProxy


class ChaosStack:
    """What a scenario may ask and do. Its own connections go past the proxies."""

    def __init__(
        self,
        home: Home,
        *,
        servers: Servers,
        network: Network,
        processes: Processes,
        environment: Mapping[str, str],
        code: Path = BACKEND,
    ) -> None:
        self._code = code
        bank_port = find_free_port()
        endpoints = Endpoints(
            port=find_free_port(),
            bank_port=bank_port,
            database_url=network.postgres.url_of(servers.postgres.url),
            redis_url=network.valkey.url_of(servers.valkey.url),
        )
        self.home = home.root
        self._port = endpoints.port
        self.url, self.bank_url = endpoints.url, endpoints.bank_url
        self.database_url, self.redis_url = servers.postgres.url, servers.valkey.url
        self.postgres_proxy, self.valkey_proxy, self.bank_proxy = (
            network.postgres,
            network.valkey,
            network.bank,
        )
        self.processes = processes
        self.organizations: tuple[Tenant, ...] = ()
        self._added = set[str]()
        self._home = home
        self._secrets = keep_or_make_secrets(home)
        self._children = ServiceChildren(
            home=home,
            endpoints=endpoints,
            stack_secrets=self._secrets,
            environ={"SANDBOX_BANK_URL": network.bank.url_of(endpoints.bank_url), **environment},
        )
        network.bank.forward_to(HOST, bank_port)

    # --- Processes ------------------------------------------------------------------------------------------

    @property
    def postgres(self) -> ManagedProcess:
        return self.process("postgres")

    @property
    def valkey(self) -> ManagedProcess:
        return self.process("valkey")

    def process(self, name: str) -> ManagedProcess:
        """By name: postgres, valkey, sandbox_bank, web, worker, relay, beat, or one that `add` has given."""
        return self.processes[name]

    def add(self, role: str) -> ManagedProcess:
        """Another relay, worker or beat beside those there are, named like "relay-2"; returns it ready."""
        number = 2
        while f"{role}-{number}" in self.processes:
            number += 1
        (process,) = self.processes.start(_twin(self._specification(role), f"{role}-{number}", self.home))
        self._added.add(process.name)
        return process

    def remove(self, name: str) -> bool:
        """End it for good; whether it ended in the time that its specification gives it."""
        self._added.discard(name)
        return self.processes.remove(name)

    def remove_added(self) -> None:
        """End whatever `add` has given and nobody has removed."""
        for name in set(self._added):
            self.remove(name)

    def take_present_code(self) -> None:
        """From now on what is started, and what `manage` runs, is of this version."""
        self._code = BACKEND

    def renew(self, role: str) -> bool:
        """End a process and start it again, as the code is now; whether it ended in time."""
        ended = self.remove(role)
        self.processes.start(self._specification(role))
        return ended

    def start_beside(self, role: str, *, port: int) -> ManagedProcess:
        """The web once more, on another port and as the code is now; returns it ready."""
        spec = self._specification(role)
        command = tuple(part.replace(f"{HOST}:{self._port}", f"{HOST}:{port}") for part in spec.command)
        (process,) = self.processes.start(
            replace(
                spec, name=f"{role}-of-{port}", command=command, ready=HttpAnswers(port, "/health/ready/")
            )
        )
        return process

    def wait_until_ready(self, seconds: float = 30.0) -> float:
        """Wait until the web says that it can serve; the seconds it took. Raises NotReady."""
        return self.process("web").wait_until_ready(seconds)

    def log_text(self, name: str) -> str:
        return self.process(name).log_text()

    # --- Past the proxies -----------------------------------------------------------------------------------

    def http(self, tenant: Tenant) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {tenant.api_key}"},
            timeout=CLIENT_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def database(self) -> psycopg.Connection:
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=3)

    def redis(self) -> redis.Redis:
        """The broker's database."""
        return redis.Redis.from_url(self.redis_url, socket_timeout=SERVER_TIMEOUT_SECONDS)

    def manage(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002  the name that subprocess gives it
        timeout_seconds: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the service, whatever its exit code."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            input=input,
            stdin=None if input is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self._code,
            env=self._command_environment(),
            timeout=timeout_seconds,
            check=False,
        )

    @property
    def callback_secret(self) -> str:
        """With which the bank signs."""
        return self._secrets.callback_secret

    @property
    def secrets(self) -> frozenset[str]:
        """What no log may show."""
        passwords = {urlsplit(url).password or "" for url in (self.database_url, self.redis_url)}
        keys = {tenant.api_key for tenant in self.organizations}
        encryption = {key.rpartition(":")[2] for key in self._secrets.field_encryption_keys.split(",")}
        return frozenset({*asdict(self._secrets).values(), *passwords, *keys, *encryption})

    # --- Coming up ------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        """From running servers to a service that serves two tenants."""
        with ThreadPoolExecutor() as beside:
            bank = beside.submit(self.processes.start, self._children.sandbox_bank())
            self._prepare()
            tenants = beside.submit(self._open_tenants)
            self.processes.start(*map(self._as_the_code_is, self._children.django()))
            bank.result()
            self.organizations = tenants.result()

    def _prepare(self) -> None:
        if self._code == BACKEND:
            asyncio.run(self._preparation().migrate_and_collect())
            return
        for command in (("migrate",), ("collectstatic", "--verbosity", "0")):
            done = self.manage(*command, "--noinput", timeout_seconds=MIGRATION_SECONDS)
            if done.returncode != 0:
                raise CommandFailed(done)

    def _preparation(self) -> Preparation:
        return Preparation(
            home=self._home,
            database_url=self.database_url,
            environment=self._command_environment(),
            admin_password=self._secrets.admin_password,
            say=lambda _name, _line: None,
        )

    def _command_environment(self) -> dict[str, str]:
        return self._children.environment(role="command") | {
            "DATABASE_URL": self.database_url,
            "DEMO_ADMIN_PASSWORD": self._secrets.admin_password,
            **self._way_to_the_code(),
        }

    def _way_to_the_code(self) -> dict[str, str]:
        """Found before what is installed, which is the present version."""
        return {} if self._code == BACKEND else {"PYTHONPATH": str(self._code)}

    def _as_the_code_is(self, spec: ChildSpec) -> ChildSpec:
        return replace(
            spec,
            command=(
                spec.command[0],  # the interpreter is the present one's
                *(part.replace(str(BACKEND), str(self._code)) for part in spec.command[1:]),
            ),
            directory=self._code,
            environment={**spec.environment, **self._way_to_the_code()},
        )

    def _open_tenants(self) -> tuple[Tenant, ...]:
        """All in one process: each would take a second to start."""
        done = self.manage("shell", "--no-imports", "-c", OPEN_TENANTS.format(names=TENANTS))
        if done.returncode != 0:
            raise CommandFailed(done)
        lines = iter(done.stdout.splitlines())
        return tuple(
            Tenant(name, int(organization.split("\t")[0]), api_key)
            for name, organization, api_key in zip(TENANTS, lines, lines, strict=True)
        )

    def _specification(self, role: str) -> ChildSpec:
        (spec,) = (spec for spec in self._children.django() if spec.name == role)
        return self._as_the_code_is(spec)


@contextmanager
def chaos_stack(
    home: Path, *, environment: Mapping[str, str] | None = None, code: Path = BACKEND
) -> Iterator[ChaosStack]:
    """A running stack in the folder, with more variables for its processes; afterwards nothing of it runs.

    `code` is where another version of the service lies, for it to begin with.

    Where PostgreSQL runs under another account, that account must be able to pass the folder.
    """
    place = Home(home)
    place.create()
    with ExitStack() as closing:
        network = Network(*(closing.enter_context(FaultyProxy()) for _ in range(3)))
        processes = closing.enter_context(Processes(place.logs))
        closing.callback(processes.end)
        servers = _start_servers(home, processes, network)
        closing.callback(_remove_data_elsewhere, servers.postgres, home)
        stack = ChaosStack(
            place,
            servers=servers,
            network=network,
            processes=processes,
            environment=_environment(environment or {}),
            code=code,
        )
        closing.callback(processes.end, kept=SERVERS)
        stack.come_up()
        yield stack


def _start_servers(home: Path, processes: Processes, network: Network) -> Servers:
    """Each prepared once: from then on it keeps its port, through every end and start."""
    servers = Servers(EmbeddedPostgres(home=home), EmbeddedValkey(home=home))
    with ThreadPoolExecutor() as beside:
        for prepared in [beside.submit(server.prepare) for server in (servers.valkey, servers.postgres)]:
            prepared.result()
    network.postgres.forward_to(*_address(servers.postgres.url))
    network.valkey.forward_to(*_address(servers.valkey.url))
    processes.start(servers.postgres.child_spec(), servers.valkey.child_spec())
    return servers


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError(f"{parts.scheme} address without a port")
    return parts.hostname, parts.port


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, "DJANGO_SETTINGS_MODULE": "tests.chaos.settings", **TIMES, **given}


def _twin(spec: ChildSpec, name: str, home: Path) -> ChildSpec:
    """The same process once more, with what it must not share."""
    match spec.name:
        case "worker":
            own: tuple[str, ...] = ("--hostname", f"{name}@%h")
        case "beat":
            own = ("--schedule", str(home / f"celerybeat-schedule-{name}"))
        case "relay":
            own = ()
        case _:
            raise ValueError(f"there can be only one {spec.name}")
    return replace(spec, name=name, command=(*spec.command, *own))


def _remove_data_elsewhere(postgres: EmbeddedPostgres, home: Path) -> None:
    """PostgreSQL's data, if its account could not get into the folder."""
    place = postgres.data_directory.parent
    if not place.is_relative_to(home):
        shutil.rmtree(place)
