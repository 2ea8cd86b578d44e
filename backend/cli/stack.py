"""`payouts up`: everything the service needs, on one machine, until it is told to stop."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from cli.banner import banner
from cli.children import STOP_ORDER, ServiceChildren
from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.server import EmbeddedServer
from cli.embedded.valkey import EmbeddedValkey
from cli.environment import Endpoints, keep_or_find_inner_ports, keep_or_make_secrets
from cli.home import Home, sole_use
from cli.ports import chosen_port, ensure_port_free
from cli.preparation import Credentials, Preparation
from cli.private_files import write_private_json
from cli.processes import stop_remembered
from cli.supervisor import Supervisor
from cli.terminal import Terminal

ORPHAN_TIMEOUT_SECONDS = 5.0


def run_stack(home: Home, environ: Mapping[str, str], terminal: Terminal) -> None:
    """Return after a stop that was asked for; raise a Refusal when the stack cannot come up."""
    port = chosen_port(environ)
    home.create()
    os.umask(0o077)  # what the children write here is nobody else's
    with sole_use(home):
        stop_orphans(home)
        ensure_port_free(port)
        try:
            asyncio.run(Stack(home, environ, terminal, port).run())
        finally:
            home.ready_file.unlink(missing_ok=True)


def stop_orphans(home: Home) -> None:
    """End what a killed stack left behind. The servers see to their own orphans, with their own signals."""
    home.ready_file.unlink(missing_ok=True)
    for name in STOP_ORDER:
        if name not in (EmbeddedPostgres.name, EmbeddedValkey.name):
            pid_file = home.run / f"{name}.pid"
            stop_remembered(pid_file, stop_signal=signal.SIGTERM, timeout_seconds=ORPHAN_TIMEOUT_SECONDS)


def stop_signals() -> tuple[signal.Signals, ...]:
    """Count a closed terminal among them, unless the stack was started to outlive it (`nohup`)."""
    outlives = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *(() if outlives else (signal.SIGHUP,)))


@dataclass(frozen=True)
class Running:
    endpoints: Endpoints
    credentials: Credentials


class Stack:
    def __init__(self, home: Home, environ: Mapping[str, str], terminal: Terminal, port: int) -> None:
        self._home = home
        self._environ = environ
        self._terminal = terminal
        self._port = port
        self._running: Running | None = None
        self._supervisor = Supervisor(
            run_directory=home.run,
            log_directory=home.logs,
            say=terminal.say,
            on_change=self._write_ready_file,
        )

    async def run(self) -> None:
        asked_to_stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in stop_signals():
            loop.add_signal_handler(number, asked_to_stop.set)
        try:
            await self._run_until(asked_to_stop)
        finally:
            self._running = None
            self._home.ready_file.unlink(missing_ok=True)
            self._terminal.say("stack", "stopping")
            await self._supervisor.stop(STOP_ORDER)

    async def _run_until(self, asked_to_stop: asyncio.Event) -> None:
        coming_up = asyncio.create_task(self._come_up())
        stopping = asyncio.create_task(asked_to_stop.wait())
        await asyncio.wait({coming_up, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if coming_up.done():
            coming_up.result()
            await stopping
            return
        coming_up.cancel()
        with suppress(asyncio.CancelledError):
            await coming_up

    async def _come_up(self) -> None:
        endpoints = await self._start_servers()
        children = ServiceChildren(
            home=self._home,
            endpoints=endpoints,
            stack_secrets=keep_or_make_secrets(self._home),
            environ=self._environ,
        )
        preparation = self._preparation(children, endpoints)
        bank = asyncio.create_task(self._supervisor.start(children.sandbox_bank()))
        await preparation.migrate_and_collect()
        credentials, *_ = await asyncio.gather(
            preparation.credentials(), self._supervisor.start(*children.django()), bank
        )
        self._announce(Running(endpoints, credentials))

    async def _start_servers(self) -> Endpoints:
        """Those the person has not brought along, side by side."""
        postgres, valkey = EmbeddedPostgres(home=self._home.root), EmbeddedValkey(home=self._home.root)
        database_url, redis_url, inner = await asyncio.gather(
            self._url("DATABASE_URL", postgres),
            self._url("REDIS_URL", valkey),
            asyncio.to_thread(keep_or_find_inner_ports, self._home, self._port),
        )
        return Endpoints(
            port=self._port,
            bank_port=inner.bank,
            database_url=database_url,
            redis_url=redis_url,
            metrics_ports=inner.metrics,
        )

    async def _url(self, variable: str, server: EmbeddedServer) -> str:
        if given := self._environ.get(variable):
            return given
        await asyncio.to_thread(server.prepare)
        await self._supervisor.start(await asyncio.to_thread(server.child_spec))
        return server.url

    def _preparation(self, children: ServiceChildren, endpoints: Endpoints) -> Preparation:
        return Preparation(
            home=self._home,
            database_url=endpoints.database_url,
            environment=children.environment(role="command"),
            admin_password=keep_or_make_secrets(self._home).admin_password,
            say=self._terminal.say,
        )

    def _announce(self, running: Running) -> None:
        self._running = running
        self._write_ready_file(self._supervisor.processes)
        self._terminal.show(
            banner(
                home=self._home,
                endpoints=running.endpoints,
                credentials=running.credentials,
                coloured=self._terminal.coloured,
            )
        )

    def _write_ready_file(self, processes: Mapping[str, int]) -> None:
        """Once the stack has been ready, and again at each restart of a child."""
        if self._running is None:
            return
        endpoints, credentials = self._running.endpoints, self._running.credentials
        content = {
            "url": endpoints.url,
            "api_key": credentials.api_key,
            "recipient_id": credentials.recipient_id,
            "admin": dict(credentials.admin),
            "database_url": endpoints.database_url,
            "redis_url": endpoints.redis_url,
            "sandbox_bank_url": endpoints.bank_url,
            "metrics": endpoints.metrics_urls,
            "processes": dict(processes),
        }
        write_private_json(self._home.ready_file, content)
