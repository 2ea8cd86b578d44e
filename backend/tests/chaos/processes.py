"""Processes that a scenario may kill, freeze and multiply. What ends unasked is started again at once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from cli.child import answers_ok
from cli.child_spec import HttpAnswers, LogSays, ProbePasses, launch_command
from cli.refusals import Refusal
from tests.chaos.process_tree import child_pids, send_signal, tree_pids

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from cli.child_spec import ChildSpec

POLL_SECONDS = 0.02
# Between two starts: a process that cannot start must not take the machine for itself.
RESTART_PAUSE_SECONDS = 0.05
END_SECONDS = 8.0
LAST_CHARACTERS = 2_000


class NotReady(Refusal):
    def __init__(self, name: str, seconds: float, log: str) -> None:
        super().__init__(f"{name} was not ready after {seconds:g} s. Its log ends with:\n{log}")


class NotRunning(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not running")


class ManagedProcess:
    """One process, with its group and descendants, that a thread of its own starts and waits for.

    `kill_…` and `signal` come as a surprise: it is started again. After `down` and `terminate` it stays away
    until `up`.
    """

    def __init__(
        self,
        spec: ChildSpec,
        log_file: Path,
    ) -> None:
        self.spec = spec
        self.log_file = log_file
        self.starts = 0
        self.last_exit_code: int | None = None
        self._changed = threading.Condition()
        self._is_wanted = False
        self._is_closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._log_begins_at = 0
        self._waker: subprocess.Popen[bytes] | None = None
        # It lives as long as the process: Linux ends a child with the thread that started it.
        self._thread = threading.Thread(target=self._look_after, name=spec.name, daemon=True)

    @property
    def name(self) -> str:
        return self.spec.name

    # --- Asking ---------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The number of the process that runs now. Raises NotRunning between an end and the next start."""
        process = self._process
        if process is None:
            raise NotRunning(self.name)
        return process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` holds it."""
        return self._waker is not None

    def child_pids(self) -> list[int]:
        process = self._process
        return child_pids(process.pid) if process else []

    def tree_pids(self) -> list[int]:
        """Itself, its group and all its descendants; none while it is down."""
        process = self._process
        return tree_pids(process.pid) if process else []

    def is_ready(self) -> bool:
        """Whether what runs now says that it serves; asks once."""
        if not self.is_running:
            return False
        match self.spec.ready:
            case LogSays(text):
                return text in self.log_since_start()
            case HttpAnswers(port, path):
                return answers_ok(port, path)
            case ProbePasses(probe):
                return probe()

    def wait_until_ready(self, seconds: float | None = None) -> float:
        """Wait for it, as long as its own specification allows by default; the seconds it took.

        Raises NotReady with the end of the log.
        """
        limit = self.spec.ready_timeout_seconds if seconds is None else seconds
        began = time.monotonic()
        while not self.is_ready():
            if time.monotonic() - began > limit:
                raise NotReady(self.name, limit, self.log_text()[-LAST_CHARACTERS:])
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began

    def log_text(self) -> str:
        """What all starts together have written."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def log_since_start(self) -> str:
        with self.log_file.open("rb") as file:
            file.seek(self._log_begins_at)
            return file.read().decode(errors="replace")

    # --- Asking for it: it comes or stays away -----------------------------------------------------------------

    def start(self) -> None:
        """Begin, or come back after `down`; returns when the process exists, not when it is ready."""
        with self._changed:
            self._is_wanted = True
            if self._thread.ident is None:
                self._thread.start()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.is_running or self._is_closed)

    up = start

    def down(self) -> None:
        """Kill all of it, and keep it away until `up`."""
        self._want_no_more()
        self.kill_group()
        self._await_end(None)

    def terminate(self, timeout_seconds: float | None = None) -> bool:
        """Ask it to end, as its specification says; kill it after the time. Whether it ended in time."""
        self._want_no_more()
        self.signal(self.spec.stop_signal)
        ended = self._await_end(
            self.spec.stop_timeout_seconds if timeout_seconds is None else timeout_seconds
        )
        if not ended:
            self.down()
        return ended

    def close(self) -> None:
        """Kill what is left of it; it never starts again."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self.down()
            self._thread.join()

    # --- Surprises ------------------------------------------------------------------------------------------

    def kill_group(self) -> None:
        """SIGKILL to itself, its group and its descendants, so that none can report the others' end."""
        process = self._process
        if process is not None:
            # Stopped first: what forks meanwhile would escape.
            _signal_group(process.pid, signal.SIGSTOP)
            send_signal(tree_pids(process.pid), signal.SIGKILL)
            _signal_group(process.pid, signal.SIGKILL)

    def kill_leader(self) -> None:
        """SIGKILL to the main process alone; its children find out for themselves."""
        self.signal(signal.SIGKILL)

    def kill_child(self, randomness: random.Random) -> int | None:
        """SIGKILL to one of its direct children; which one, or None when it has none."""
        children = self.child_pids()
        if not children:
            return None
        chosen = randomness.choice(children)
        send_signal([chosen], signal.SIGKILL)
        return chosen

    def kill_children(self) -> None:
        """SIGKILL to all children at once."""
        send_signal(self.child_pids(), signal.SIGKILL)

    def stop(self) -> None:
        """SIGSTOP to all of it, until `cont`. Should the harness itself be killed meanwhile, it goes on."""
        if self._waker is None:
            _signal_group(self.pid, signal.SIGSTOP)
            pids = self.tree_pids()
            send_signal(pids, signal.SIGSTOP)
            self._waker = _waker_of(pids)

    def cont(self) -> None:
        """SIGCONT to all that `stop` has stopped."""
        with self._changed:
            waker, self._waker = self._waker, None
        if waker is not None:
            waker.communicate()

    def signal(self, number: signal.Signals) -> None:
        """Send it to the main process, if there is one."""
        process = self._process
        if process is not None:
            process.send_signal(number)

    # --- The thread -----------------------------------------------------------------------------------------

    def _look_after(self) -> None:
        try:
            while self._await_wish():
                self._run_once()
                time.sleep(RESTART_PAUSE_SECONDS)
        finally:  # nobody waits for a thread that has failed
            with self._changed:
                self._is_closed = True
                self._changed.notify_all()

    def _await_wish(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_wanted or self._is_closed)
            return not self._is_closed

    def _run_once(self) -> None:
        with self.log_file.open("ab") as log:
            self._log_begins_at = log.tell()
            process = subprocess.Popen(
                launch_command(self.spec),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.spec.directory,
                env=dict(self.spec.environment),
                start_new_session=True,
            )
        self._note_start(process)
        exit_code = process.wait()
        _signal_group(process.pid, signal.SIGKILL)  # orphans would keep its port and its work
        self.cont()  # stopped ones elsewhere do not notice that they are orphans
        self._note_end(exit_code)

    def _note_start(self, process: subprocess.Popen[bytes]) -> None:
        with self._changed:
            self._process = process
            self.starts += 1
            if not self._is_wanted:  # asked to be down while it was being started
                process.kill()
            self._changed.notify_all()

    def _note_end(self, exit_code: int) -> None:
        with self._changed:
            self._process = None
            self.last_exit_code = exit_code
            self._changed.notify_all()

    def _want_no_more(self) -> None:
        with self._changed:
            self._is_wanted = False

    def _await_end(self, timeout_seconds: float | None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self.is_running, timeout_seconds)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, number)


def _waker_of(pids: Iterable[int]) -> subprocess.Popen[bytes]:
    """A shell that sends SIGCONT to them when its input closes: by us, or by our end.

    Stopped processes do not see that their parent has ended, and would stay for ever.
    """
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -CONT "$@" 2>/dev/null', "waker", *map(str, pids)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


class Processes:
    """All processes of one stack by name; each writes to `<name>.log` in one folder."""

    def __init__(self, log_directory: Path) -> None:
        self._log_directory = log_directory
        self._processes: dict[str, ManagedProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getitem__(self, name: str) -> ManagedProcess:
        return self._processes[name]

    def __contains__(self, name: str) -> bool:
        return name in self._processes

    def __iter__(self) -> Iterator[ManagedProcess]:
        return iter(tuple(self._processes.values()))

    def start(
        self,
        *specs: ChildSpec,
    ) -> list[ManagedProcess]:
        """Start them all at once, and wait until each is ready."""
        started = [
            ManagedProcess(
                spec,
                self._log_directory / f"{spec.name}.log",
            )
            for spec in specs
        ]
        self._processes |= {process.name: process for process in started}
        for process in started:
            process.start()
        for process in started:
            process.wait_until_ready()
        return started

    def remove(self, name: str) -> bool:
        """End it for good, warm if it can; whether it ended in time."""
        process = self._processes.pop(name)
        ended = process.terminate()
        process.close()
        return ended

    def end(self, *, kept: Collection[str] = ()) -> None:
        """Ask all but those kept to end, at the same time; kill what takes too long."""
        chosen = [process for process in self if process.name not in kept]
        for process in chosen:
            process.cont()  # the stopped cannot hear
        with ThreadPoolExecutor(max(1, len(chosen))) as askers:
            list(askers.map(lambda process: process.terminate(END_SECONDS), chosen))

    def close(self) -> None:
        for process in self:
            process.close()
