"""What both embedded servers share: a home to remember things in, and a process."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from cli.child_spec import ChildSpec, launch_command
from cli.processes import kill_group, remember_process, stop_remembered
from cli.refusals import Refusal


class NotPrepared(Refusal):
    def __init__(self, name: str, home: Path) -> None:
        super().__init__(f"There is no {name} in {home} yet. Start the stack once: payouts up")


class ServerNotReady(Refusal):
    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"{name} did not start. Its log says why: {log}")


class EmbeddedServer(ABC):
    """A server whose port, password and data outlive its process.

    `start` and `stop` are for whoever wants one server, as tests do. The stack calls `prepare`, and runs
    `child_spec` under its supervisor.
    """

    name: str
    stop_signal = signal.SIGTERM
    stop_timeout_seconds = 15.0

    def __init__(self, *, home: Path, durable: bool = True) -> None:
        self._home = home
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Name the server, password and all; raise NotPrepared before the first `prepare`."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the server startable: nothing of an earlier run in its way, a port, a password, data."""

    @abstractmethod
    def child_spec(self) -> ChildSpec: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    @property
    def pid(self) -> int:
        if self._process is None:
            raise NotPrepared(self.name, self._home)
        return self._process.pid

    @property
    def pid_file(self) -> Path:
        return self._home / "run" / f"{self.name}.pid"

    @property
    def state_file(self) -> Path:
        return self._home / f"{self.name}.json"

    @property
    def log_file(self) -> Path:
        return self._home / "logs" / f"{self.name}.log"

    def start(self) -> str:
        """Prepare, run, wait until the password is accepted; the URL."""
        self.prepare()
        spec = self.child_spec()
        self.log_file.parent.mkdir(mode=0o700, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # nosec B603 # no shell; the programs of the wheel
                launch_command(spec),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=spec.directory,
                env=dict(spec.environment),
                start_new_session=True,
            )
        remember_process(self.pid_file, self._process.pid)
        self._wait_until_ready(self._process, spec)
        return self.url

    def _wait_until_ready(self, process: subprocess.Popen[bytes], spec: ChildSpec) -> None:
        deadline = time.monotonic() + spec.ready_timeout_seconds
        while not self.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServerNotReady(self.name, self.log_file)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop cleanly, by force after the server's time-out; what must not last is removed."""
        if self._process is not None:
            spec = self.child_spec()
            self._process.send_signal(spec.stop_signal)
            try:
                self._process.wait(spec.stop_timeout_seconds)
            except subprocess.TimeoutExpired:
                kill_group(self._process.pid)
                self._process.wait()
            self._process = None
        self.pid_file.unlink(missing_ok=True)
        if not self._durable:
            self._discard()

    @abstractmethod
    def _discard(self) -> None: ...

    def _stop_orphan(self) -> None:
        """End the server a killed stack left behind on this very home."""
        self.pid_file.parent.mkdir(mode=0o700, exist_ok=True)
        stop_remembered(
            self.pid_file, stop_signal=self.stop_signal, timeout_seconds=self.stop_timeout_seconds
        )
