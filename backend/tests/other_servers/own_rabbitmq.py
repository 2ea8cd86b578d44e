"""A RabbitMQ that belongs to a few tests: a node of its own, with its own files, ports and name server."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kombu import Connection

from cli.ports import HOST, find_free_port
from infrastructure.brokers.rabbitmq import RabbitWakeUps
from infrastructure.brokers.wake_ups import BrokerNotSeenError
from tests.other_servers.programs import end_group, find_program, start_group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 60.0

Group = tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]


class OwnRabbitMQ:
    """On ports that it keeps when it is started again, as are its queues."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._program = find_program("rabbitmq-server")
        self._port = find_free_port()
        self._names_port = find_free_port()
        self._names: Group | None = None
        self._node: Group | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{HOST}:{self._port}//"  # the account that every new node has

    def start(self) -> None:
        if self._names is None:
            # By itself a node would start one that stays when the node has gone.
            command = [find_program("epmd"), "-port", str(self._names_port), "-address", HOST]
            self._names = start_group(command)
        with (self._home / "rabbitmq.log").open("ab") as log:
            self._node = start_group([self._program], env=self._environment(), stdout=log, stderr=log)
        self._wait_until_ready()

    def kill(self) -> None:
        if self._node is not None:
            end_group(*self._node)
            self._node = None

    def stop_for_good(self) -> None:
        self.kill()
        if self._names is not None:
            end_group(*self._names)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, and answers nothing."""
        assert self._node is not None
        leader = self._node[0].pid
        os.killpg(leader, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(leader, signal.SIGCONT)

    def client(self) -> Connection:
        return Connection(self.url)

    def wake_ups(self) -> RabbitWakeUps:
        return RabbitWakeUps(self.url, queue="celery", connect_timeout_seconds=2, answer_timeout_seconds=2)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            wake_ups = self.wake_ups()
            try:
                wake_ups.look()
            except BrokerNotSeenError:
                assert time.monotonic() < deadline, (self._home / "rabbitmq.log").read_text()[-3_000:]
                time.sleep(0.1)
            else:
                return
            finally:
                wake_ups.close()

    def _environment(self) -> dict[str, str]:
        home = self._home
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),  # where Erlang keeps the secret that nodes show each other
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"payouts{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(find_free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }


@contextmanager
def own_rabbitmq(home: Path) -> Iterator[OwnRabbitMQ]:
    server = OwnRabbitMQ(home)
    try:
        server.start()
        yield server
    finally:
        server.stop_for_good()
