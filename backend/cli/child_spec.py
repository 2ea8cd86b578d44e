"""What a child process of the stack is, before it runs."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Account:
    """Another account of this machine, for a program that refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class LogSays:
    text: str


@dataclass(frozen=True)
class HttpAnswers:
    """The address answers 200."""

    port: int
    path: str


@dataclass(frozen=True)
class ProbePasses:
    """Called from a thread, again and again, until it returns True."""

    probe: Callable[[], bool] = field(repr=False)


Readiness = LogSays | HttpAnswers | ProbePasses


@dataclass(frozen=True)
class ChildSpec:
    name: str
    command: tuple[str, ...]  # the program as an absolute path
    directory: Path
    environment: Mapping[str, str] = field(repr=False)
    ready: Readiness
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_seconds: float = 10.0
    ready_timeout_seconds: float = 60.0
    account: Account | None = None


def launch_command(spec: ChildSpec) -> list[str]:
    """Put the command under a launcher that ties it to this process's life.

    Linux ties a child to the thread that started it: start children from a thread that lives as long as
    they shall.
    """
    account = (str(spec.account.uid), str(spec.account.gid)) if spec.account else ("-", "-")
    bound = (str(os.getpid()), str(int(spec.stop_signal)), *account)
    return [sys.executable, "-I", "-S", str(LAUNCHER), *bound, *spec.command]
