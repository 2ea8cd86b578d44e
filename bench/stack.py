"""The whole service in a home of its own, by `payouts up`: with production's settings and server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg

from bench.client import Client
from bench.processes import cpu_seconds, paused
from cli.child_spec import ChildSpec, ProbePasses, launch_command
from cli.children import ServiceChildren
from cli.embedded.postgres import EmbeddedPostgres
from cli.environment import keep_or_make_secrets, remembered_endpoints
from cli.home import BACKEND, Home
from cli.ports import find_free_port
from cli.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

START_SECONDS = 120.0
STOP_SECONDS = 90.0
REST_SECONDS = 120.0
# What moves payouts on by itself, in the order in which it may be stopped: nobody is woken any more first.
AT_WORK = ("beat", "relay", "worker")
# Nothing else of the starting shell reaches the service.
INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
# On a disk: /tmp may be memory, which would make every commit free.
PLACE = Path("/var/tmp")  # noqa: S108 # nosec B108 # a folder of a random name is made in it

_IS_AT_REST = """
SELECT NOT EXISTS (SELECT 1 FROM events_pendingevent)
   AND NOT EXISTS (SELECT 1 FROM payouts_payout WHERE rail = 'sandbox' AND next_run_at IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM payouts_payoutattempt WHERE state = 'sending')
"""


class StackFailed(Refusal):
    def __init__(self, home: Path) -> None:
        log = home / "up.log"
        super().__init__(f"the stack did not come up:\n{log.read_text(errors='replace')[-3_000:]}")


class Stack:
    """A running one."""

    def __init__(self, home: Path, environment: Mapping[str, str], *, start_seconds: float) -> None:
        self.home = home
        self.start_seconds = start_seconds
        self._environment = environment

    @cached_property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.home / "ready.json").read_text())
        return facts

    @property
    def url(self) -> str:
        return str(self._facts["url"])

    @property
    def api_key(self) -> str:
        return str(self._facts["api_key"])

    @property
    def database_url(self) -> str:
        return str(self._facts["database_url"])

    @property
    def bank_url(self) -> str:
        return str(self._facts["sandbox_bank_url"])

    @property
    def web_metrics_url(self) -> str:
        return str(self._facts["metrics"]["web"])

    @property
    def processes(self) -> dict[str, int]:
        """By name, as they are now."""
        facts = json.loads((self.home / "ready.json").read_text())
        return {name: int(pid) for name, pid in facts["processes"].items()}

    def cpu_seconds(self) -> dict[str, float]:
        return cpu_seconds(self.processes)

    def client(self) -> Client:
        return Client(urlsplit(self.url).netloc, self.api_key)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.database_url, autocommit=True, application_name="bench")

    def ask(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        with self.connect() as connection:
            row = connection.execute(statement.encode(), values or None).fetchone()
        return row[0] if row else None

    def gather_statistics(self) -> None:
        """What autovacuum does within a minute: whoever takes all tables for empty scans them."""
        with self.connect() as connection:
            connection.execute("VACUUM (ANALYZE)")

    def at_rest(self) -> AbstractContextManager[None]:
        """Worker, relay and beat stand still, once nothing is left for them to do."""
        self.wait_for_rest()
        processes = self.processes
        return paused([processes[name] for name in AT_WORK])

    def wait_for_rest(self) -> None:
        deadline = time.monotonic() + REST_SECONDS
        with self.connect() as connection:
            while connection.execute(_IS_AT_REST).fetchone() != (True,):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the service is not at rest after {REST_SECONDS:g} s")
                time.sleep(0.1)

    def inside(self, module: str, *arguments: str) -> Any:
        """What a module of bench.inside prints, which runs in the service's own environment."""
        done = subprocess.run(  # nosec B603 # our own program, no shell
            [sys.executable, "-m", f"bench.inside.{module}", *arguments],
            env=self._command_environment,
            cwd=BACKEND.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def manage(self, *arguments: str) -> None:
        subprocess.run(  # nosec B603 # our own program, no shell
            [sys.executable, "manage.py", *arguments],
            env=self._command_environment,
            cwd=BACKEND,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    @cached_property
    def _command_environment(self) -> dict[str, str]:
        home = Home(self.home)
        children = ServiceChildren(
            home=home,
            endpoints=remembered_endpoints(home, {}),
            stack_secrets=keep_or_make_secrets(home),
            environ=self._environment,
        )
        return children.environment(role="command") | {
            "LOG_LEVEL": "WARNING",
        }


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder that goes afterwards, with PostgreSQL's data where its account could not get into it."""
    with tempfile.TemporaryDirectory(prefix="payouts-bench-", dir=PLACE if PLACE.is_dir() else None) as name:
        home = Path(name)
        home.chmod(0o711)
        try:
            yield home
        finally:
            if (home / "postgres.json").exists():
                shutil.rmtree(EmbeddedPostgres(home=home).data_directory.parent, ignore_errors=True)


@contextmanager
def running_stack(home: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """`payouts up` in this home until the block ends, with more variables for its processes."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "PAYOUTS_HOME": str(home),
        "PORT": str(find_free_port()),
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(BACKEND.parent),  # for what of the benchmark runs inside
        **(settings or {}),
    }
    began = time.monotonic()
    with (home / "up.log").open("wb") as log:
        up = subprocess.Popen(  # nosec B603 # our own program, no shell
            launch_command(_specification(environment)),
            env=environment,
            cwd=BACKEND,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: we stop it in our own time
        )
    try:
        _wait_until_ready(home, up)
        yield Stack(home, environment, start_seconds=time.monotonic() - began)
    finally:
        _stop(up)


def _specification(environment: Mapping[str, str]) -> ChildSpec:
    """Of a process that is told to stop when this one ends, however it ends."""
    return ChildSpec(
        name="stack",
        command=(sys.executable, "-m", "cli.main", "up"),
        directory=BACKEND,
        environment=environment,
        ready=ProbePasses(lambda: True),
    )


def _wait_until_ready(home: Path, up: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (home / "ready.json").exists():
        if up.poll() is not None or time.monotonic() > deadline:
            raise StackFailed(home)
        time.sleep(0.02)


def _stop(up: subprocess.Popen[bytes]) -> None:
    up.send_signal(signal.SIGTERM)
    try:
        up.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(up.pid, signal.SIGKILL)  # its children are told by the kernel
        up.wait()
