"""One supervised process: started, watched, started again, stopped."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cli.child_spec import ChildSpec, HttpAnswers, LogSays, ProbePasses, launch_command
from cli.line_reader import LineReader
from cli.log_files import LogFile
from cli.ports import HOST
from cli.processes import kill_group, remember_process
from cli.refusals import Refusal

POLL_SECONDS = 0.05
LAST_LINES = 15


class ChildFailed(Refusal):
    def __init__(self, name: str, what: str, last_lines: list[str]) -> None:
        shown = "\n".join(f"    {line}" for line in last_lines) or "    (it said nothing)"
        super().__init__(f"{name} {what}. Its last lines:\n{shown}")


@dataclass(frozen=True)
class Backoff:
    first_seconds: float = 0.2
    longest_seconds: float = 5.0
    healthy_after_seconds: float = 30.0

    def delay_seconds(self, earlier_deaths: int) -> float:
        return min(self.first_seconds * (1 << min(earlier_deaths, 30)), self.longest_seconds)


class Child:
    """Keeps one process running from `begin` until `stop`."""

    def __init__(
        self,
        spec: ChildSpec,
        *,
        pid_file: Path,
        log_file: Path,
        say: Callable[..., None],
        on_start: Callable[[], None],
        backoff: Backoff,
    ) -> None:
        self.spec = spec
        self.pid: int | None = None
        self._pid_file = pid_file
        self._log_file = log_file
        self._say = say
        self._on_start = on_start
        self._backoff = backoff
        self._deaths = 0
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._process: asyncio.subprocess.Process | None = None
        self._ready_line_seen = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._keep_running(), name=self.spec.name)

    async def _keep_running(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            end = await self._run_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= self._backoff.healthy_after_seconds:
                self._deaths = 0
            delay_seconds = self._backoff.delay_seconds(self._deaths)
            self._deaths += 1
            self._tell(f"{end}; starting it again in {delay_seconds:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_seconds)

    async def _run_once(self) -> str:
        """Run the process to its end; how it ended."""
        log = LogFile(self._log_file)
        reader = LineReader(lambda lines: self._take_lines(log, lines))
        try:
            return describe_exit(await self._run_into(reader))
        except OSError as error:  # no memory, no process number, no descriptor: better in a moment
            return f"could not be started ({error})"
        finally:
            reader.close()
            log.close()

    async def _run_into(self, reader: LineReader) -> int:
        self._ready_line_seen.clear()
        try:
            process = await asyncio.create_subprocess_exec(
                *launch_command(self.spec),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=reader.write_end,
                stderr=reader.write_end,
                cwd=self.spec.directory,
                env=dict(self.spec.environment),
                start_new_session=True,
            )
        finally:
            reader.close_write_end()
        self._process, self.pid = process, process.pid
        self._note_start(process.pid)
        if self._stopping.is_set():  # asked to stop while it was being started
            self._send(self.spec.stop_signal)
        exit_code = await process.wait()
        kill_group(process.pid)  # orphans of a killed server would keep its port and its work
        return exit_code

    def _note_start(self, pid: int) -> None:
        try:
            remember_process(self._pid_file, pid)
            self._on_start()
        except OSError as error:  # a full disk must not end the supervision
            self._tell(f"runs as process {pid}, which could not be noted ({error})")

    def _take_lines(self, log: LogFile, lines: list[str]) -> None:
        log.write_lines(lines)
        self._last_lines.extend(lines)
        self._say(self.spec.name, *lines)
        ready = self.spec.ready
        if isinstance(ready, LogSays) and any(ready.text in line for line in lines):
            self._ready_line_seen.set()

    def _tell(self, what: str) -> None:
        self._say(self.spec.name, f"[stack] {self.spec.name} {what}")

    async def until_ready(self) -> None:
        """Return once the process is ready; raise ChildFailed when it keeps dying or takes too long."""
        try:
            async with asyncio.timeout(self.spec.ready_timeout_seconds):
                while not await self._is_ready():
                    self._ensure_hopeful()
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            what = f"was not ready after {self.spec.ready_timeout_seconds:g} s"
            raise ChildFailed(self.spec.name, what, list(self._last_lines)) from error

    async def _is_ready(self) -> bool:
        match self.spec.ready:
            case LogSays():
                return self._ready_line_seen.is_set()
            case HttpAnswers(port, path):
                return await asyncio.to_thread(answers_ok, port, path)
            case ProbePasses(probe):
                return await asyncio.to_thread(probe)

    def _ensure_hopeful(self) -> None:
        """Give up on a process that died three times: it will not do better the fourth time."""
        if self._task is not None and self._task.done():
            self._task.result()
        if self._deaths >= 3:  # noqa: PLR2004 - said above
            raise ChildFailed(self.spec.name, "ends as soon as it starts", list(self._last_lines))

    async def stop(self) -> None:
        """Ask the process to end, wait as long as it is allowed to take, then kill its group."""
        self._stopping.set()
        if self._task is None:
            return
        self._send(self.spec.stop_signal)
        done, _ = await asyncio.wait({self._task}, timeout=self.spec.stop_timeout_seconds)
        if not done and self.pid is not None:
            self._tell(f"did not stop within {self.spec.stop_timeout_seconds:g} s and is killed")
            kill_group(self.pid)
        await self._task
        self._pid_file.unlink(missing_ok=True)

    def _send(self, signal_number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal_number)


def answers_ok(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200  # noqa: PLR2004 - OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def describe_exit(code: int) -> str:
    """Asyncio's code in words: below zero it is the signal that ended the process."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
