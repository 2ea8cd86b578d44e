import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psycopg

from cli.child_spec import Account, ChildSpec, ProbePasses
from cli.embedded.account import find_account, find_data_place, reachable_install
from cli.embedded.binaries import find_postgres_install
from cli.embedded.server import EmbeddedServer, NotPrepared
from cli.ports import HOST, keep_or_find_port
from cli.private_files import read_json, write_private_json
from cli.processes import command_line, stop_process
from cli.refusals import Refusal

SUPERUSER = DATABASE = "payouts"

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",  # nosec B105 # the name of a method
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class InitdbFailed(Refusal):
    def __init__(self, output: str) -> None:
        super().__init__(f"PostgreSQL could not make its data directory:\n{output.strip()}")


@dataclass(frozen=True)
class PostgresState:
    """What the home remembers of its PostgreSQL."""

    port: int
    place: str
    password: str = field(repr=False)


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 on 127.0.0.1, password required, no other socket.

    `durable=False`, for tests, gives up what a crash of the machine would lose, and the data with `stop`.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave

    @property
    def url(self) -> str:
        state = self._state()
        return f"postgresql://{SUPERUSER}:{state.password}@{HOST}:{state.port}/{DATABASE}"

    @property
    def data_directory(self) -> Path:
        return Path(self._state().place) / "data"

    def prepare(self) -> None:
        self._stop_orphan()
        account = find_account()
        state = self._find_state() or self._first_state(account)
        data = Path(state.place) / "data"
        clear_stale_lock(data)
        state = replace(state, port=keep_or_find_port(state.port))
        write_private_json(self.state_file, asdict(state))
        if not (data / "PG_VERSION").exists():
            Cluster(data, account, durable=self._durable).create(state.password)

    def child_spec(self) -> ChildSpec:
        account = find_account()
        data = self.data_directory
        settings = {**SETTINGS, **({} if self._durable else FORGETFUL), "port": str(self._state().port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ChildSpec(
            name=self.name,
            command=(str(_program("postgres", account)), "-D", str(data), *options),
            directory=data,
            environment=_bare_environment(),
            ready=ProbePasses(self.is_ready),
            stop_signal=self.stop_signal,
            stop_timeout_seconds=self.stop_timeout_seconds,
            account=account,
        )

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _state(self) -> PostgresState:
        state = self._find_state()
        if state is None:
            raise NotPrepared(self.name, self._home)
        return state

    def _find_state(self) -> PostgresState | None:
        content = read_json(self.state_file)
        return PostgresState(**content) if content else None

    def _first_state(self, account: Account | None) -> PostgresState:
        place = find_data_place(self._home / self.name, account, lasting=self._durable)
        return PostgresState(port=0, place=str(place), password=secrets.token_urlsafe(24))

    def _discard(self) -> None:
        state = self._find_state()
        if state is not None:
            shutil.rmtree(state.place, ignore_errors=True)
            self.state_file.unlink()


@dataclass(frozen=True)
class Cluster:
    """A data directory in the making. It appears under its name only when it is whole."""

    data: Path
    account: Account | None
    durable: bool

    @property
    def draft(self) -> Path:
        return self.data.with_name("data.new")

    def create(self, password: str) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)  # of an earlier try that was killed
        self.draft.mkdir(mode=0o700)
        self._hand_over(self.draft)
        self._initialise(password)
        self._create_database()
        self.draft.rename(self.data)

    def _initialise(self, password: str) -> None:
        password_file = self.data.with_name("password")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password, encoding="utf-8")
        self._hand_over(password_file)
        options = ["--username", SUPERUSER, "--pwfile", str(password_file), "--auth", "scram-sha-256"]
        options += ["--encoding", "UTF8", "--locale", "C", *([] if self.durable else ["--no-sync"])]
        try:
            self._run("initdb", "--pgdata", str(self.draft), *options)
        finally:
            password_file.unlink()

    def _create_database(self) -> None:
        """In single-user mode, so that a cluster without its database is never seen."""
        self._run(
            "postgres", "--single", "-D", str(self.draft), "postgres", stdin=f"CREATE DATABASE {DATABASE};\n"
        )

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(  # nosec B603 # no shell; the programs of the wheel
            [str(_program(program, self.account)), *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_bare_environment(),
            cwd=self.draft,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            check=False,
        )
        if done.returncode != 0:
            raise InitdbFailed(done.stdout)

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def _program(name: str, account: Account | None) -> Path:
    return reachable_install(find_postgres_install(), account) / "bin" / name


def _bare_environment() -> dict[str, str]:
    """Without the PG* variables of the person who starts us, and in the one locale every machine has."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def clear_stale_lock(data: Path) -> None:
    """Make sure a `postmaster.pid` of an earlier run cannot stop the next start.

    PostgreSQL itself overlooks a lock whose process is gone. It gives up when the number has gone to another
    program since, as happens all the time in a container that starts anew.
    """
    lock = data / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        if str(data) in command_line(pid):
            stop_process(
                pid, stop_signal=signal.SIGINT, timeout_seconds=EmbeddedPostgres.stop_timeout_seconds
            )
        elif command_line(pid):
            lock.unlink()
