import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.child_spec import ChildSpec, ProbePasses
from cli.embedded.binaries import find_valkey_server
from cli.embedded.server import EmbeddedServer, NotPrepared
from cli.ports import HOST, keep_or_find_port
from cli.private_files import read_json, write_private_json


@dataclass(frozen=True)
class ValkeyState:
    """What the home remembers of its Valkey."""

    port: int
    password: str = field(repr=False)


class EmbeddedValkey(EmbeddedServer):
    """Valkey 9 on 127.0.0.1, password required, append-only file, nothing evicted: fit for a broker."""

    name = "valkey"

    @property
    def url(self) -> str:
        state = self._state()
        return f"redis://:{state.password}@{HOST}:{state.port}/0"

    @property
    def data_directory(self) -> Path:
        return self._home / self.name

    def prepare(self) -> None:
        self._stop_orphan()
        self.data_directory.mkdir(mode=0o700, exist_ok=True)
        state = self._find_state() or ValkeyState(port=0, password=secrets.token_urlsafe(24))
        state = replace(state, port=keep_or_find_port(state.port))
        write_private_json(self.state_file, asdict(state))
        self._write_configuration(state)

    def child_spec(self) -> ChildSpec:
        return ChildSpec(
            name=self.name,
            command=(str(find_valkey_server()), str(self._configuration)),
            directory=self.data_directory,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            ready=ProbePasses(self.is_ready),
            stop_signal=self.stop_signal,
            stop_timeout_seconds=self.stop_timeout_seconds,
        )

    def is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except redis.ConnectionError:  # refused, or still loading its data
            return False

    @property
    def _configuration(self) -> Path:
        return self.data_directory / "valkey.conf"

    def _write_configuration(self, state: ValkeyState) -> None:
        """In a file: the command line, and a password on it, can be read by everybody on the machine."""
        lines = (
            f"bind {HOST}",
            f"port {state.port}",
            f"requirepass {state.password}",
            f'dir "{self.data_directory}"',
            f"appendonly {'yes' if self._durable else 'no'}",
            "maxmemory-policy noeviction",
            'save ""',
            "daemonize no",
        )
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _state(self) -> ValkeyState:
        state = self._find_state()
        if state is None:
            raise NotPrepared(self.name, self._home)
        return state

    def _find_state(self) -> ValkeyState | None:
        content = read_json(self.state_file)
        return ValkeyState(**content) if content else None

    def _discard(self) -> None:
        shutil.rmtree(self.data_directory, ignore_errors=True)
        self.state_file.unlink(missing_ok=True)
