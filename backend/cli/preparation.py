"""What comes before the service: migrations, static files, the demo's credentials; each only if needed."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from cli.code_version import code_version
from cli.home import BACKEND, Home
from cli.private_files import read_json, write_private_json
from cli.refusals import Refusal


class CommandFailed(Refusal):
    def __init__(self, command: str, output: str) -> None:
        last_lines = "\n".join(f"    {line}" for line in output.strip().splitlines()[-20:])
        super().__init__(f"`manage.py {command}` failed:\n{last_lines}")


class NoCredentials(Refusal):
    def __init__(self) -> None:
        super().__init__("`manage.py setup_demo` printed no credentials.")


@dataclass(frozen=True)
class Credentials:
    """What a visitor needs to use the demo."""

    api_key: str = field(repr=False)
    recipient_id: int
    admin: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Preparation:
    home: Home
    database_url: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    admin_password: str = field(repr=False)
    say: Callable[[str, str], None]

    async def migrate_and_collect(self) -> None:
        """Run both at once, and neither when this code has done it to this database."""
        version = await asyncio.to_thread(code_version)
        done = read_json(self.home.prepared_file) or {}
        if done == {"code": version, "migrations": await self._migrations()} and self.home.static.is_dir():
            return
        await asyncio.gather(
            self._manage("migrate", "--noinput"),
            self._manage("collectstatic", "--noinput", "--verbosity", "0"),
        )
        write_private_json(self.home.prepared_file, {"code": version, "migrations": await self._migrations()})

    async def credentials(self) -> Credentials:
        """Those kept in the home if they belong to this database, else new ones."""
        database = (await self._migrations() or {}).get("began_at")
        kept = read_json(self.home.credentials_file)
        if kept is None or kept["database"] != database:
            kept = {"database": database, **await self._set_up_demo()}
            write_private_json(self.home.credentials_file, kept)
        return Credentials(api_key=kept["api_key"], recipient_id=kept["recipient_id"], admin=kept["admin"])

    async def _migrations(self) -> dict[str, Any] | None:
        return await asyncio.to_thread(find_migrations, self.database_url)

    async def _set_up_demo(self) -> dict[str, Any]:
        output = await self._manage("setup_demo")
        for line in reversed(output.splitlines()):
            with suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict) and {"api_key", "recipient_id", "admin"} <= found.keys():
                    return found
        raise NoCredentials

    async def _manage(self, *arguments: str) -> str:
        """Return the standard output, which may hold secrets and is shown only if the command fails."""
        self.say("stack", f"manage.py {arguments[0]}")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "manage.py",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=BACKEND,
            env={**self.environment, "DEMO_ADMIN_PASSWORD": self.admin_password},
        )
        try:
            output, errors = (stream.decode(errors="replace") for stream in await process.communicate())
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise CommandFailed(" ".join(arguments), output + errors)
        return output


def find_migrations(database_url: str) -> dict[str, Any] | None:
    """Find how far the database is migrated, and since when; None when it never was.

    The moment of its first migration tells it from any other database.
    """
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        table = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
        if table is None or table[0] is None:
            return None
        found = connection.execute("SELECT min(applied)::text, count(*) FROM django_migrations").fetchone()
    return {"began_at": found[0], "applied": found[1]} if found else None
