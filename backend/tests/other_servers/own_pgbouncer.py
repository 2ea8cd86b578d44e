"""A PgBouncer that belongs to a few tests, in transaction mode, in front of a PostgreSQL of theirs."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import psycopg

from cli.embedded.account import find_account
from cli.ports import HOST, find_free_port
from tests.other_servers.programs import end_group, find_program, start_group

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

START_SECONDS = 20.0
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def documented(language: str) -> str:
    """What the documentation tells to write: the block of the language under "Behind PgBouncer"."""
    section = (
        OPERATIONS.read_text(encoding="utf-8").partition("\n## Behind PgBouncer\n")[2].partition("\n## ")[0]
    )
    block = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert block is not None, language
    return block[1]


class OwnPgBouncer:
    """As the documentation describes it, but for addresses and the size of its pool."""

    def __init__(self, home: Path, *, database_url: str, pool_size: int) -> None:
        self._home = home
        self._database = urlsplit(database_url)
        self._pool_size = pool_size
        self._port = find_free_port()
        self._group: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]] | None = None

    @property
    def url(self) -> str:
        account = self._database.netloc.rpartition("@")[0]
        return self._database._replace(netloc=f"{account}@{HOST}:{self._port}").geturl()

    def start(self) -> None:
        program, account = find_program("pgbouncer"), find_account()
        for path in self._write_files():
            if account is not None:  # it refuses to run as root
                os.chown(path, account.uid, account.gid)
        with (self._home / "pgbouncer.log").open("ab") as log:
            self._group = start_group(
                [program, str(self._home / "pgbouncer.ini")],
                stdout=log,
                stderr=log,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._wait_until_ready()

    def kill(self) -> None:
        if self._group is not None:
            end_group(*self._group)
            self._group = None

    def _write_files(self) -> Iterator[Path]:
        users = self._home / "userlist.txt"
        users.write_text(f'"{self._database.username}" "{unquote(self._database.password or "")}"\n')
        yield users
        settings = self._home / "pgbouncer.ini"
        settings.write_text(self._settings(users))
        yield settings

    def _settings(self, users: Path) -> str:
        """A later line wins over an earlier one."""
        server = f"host={self._database.hostname} port={self._database.port}"
        return (
            documented("ini").replace("host=db.internal port=5432", server)
            + f"listen_addr = {HOST}\nlisten_port = {self._port}\nunix_socket_dir =\nauth_file = {users}\n"
            + f"default_pool_size = {self._pool_size}\nlogfile =\npidfile =\n"
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self._home / "pgbouncer.log").read_text()[-3_000:]
                time.sleep(0.05)
            else:
                return


@contextmanager
def own_pgbouncer(home: Path, *, database_url: str, pool_size: int) -> Iterator[OwnPgBouncer]:
    server = OwnPgBouncer(home, database_url=database_url, pool_size=pool_size)
    try:
        server.start()
        yield server
    finally:
        server.kill()
