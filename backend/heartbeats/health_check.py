"""`python -m heartbeats.health_check`: whether this container does its work. 0 says that it does, 1 why not.

The web is asked for an answer; of a worker, relay or beat the last sign is looked at. For each container this
runs every few seconds, so that Django, which takes seconds to load, stays out of it.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, LiteralString

from heartbeats.signs_of_life import LATE_AFTER, Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

WEB_PORT = 8000
PATIENCE_SECONDS = 3

# A relay is `host:process:token`, a worker `celery@host`, and beat the origin of its messages, `gen1@host`.
_LAST_SIGN: LiteralString = """
SELECT min(statement_timestamp() - beat_at) FROM heartbeats_heartbeat
WHERE role = %(role)s AND %(host)s IN (split_part(instance, ':', 1), split_part(instance, '@', 2))
"""


class NotWorkingError(Exception):
    """Its text is what `docker inspect` shows of the check."""


def ensure_working(variables: Mapping[str, str], *, host: str) -> None:
    """Raises NotWorkingError. `host` is the name of this container."""
    role = variables.get("PAYOUTS_ROLE", "")
    if role == "web":
        ensure_ready(port=WEB_PORT, served_host=served_host(variables))
    elif role in list(Role):
        ensure_sign_of_life(variables, role=Role(role), host=host)
    else:
        raise NotWorkingError(f"a process of the role {role!r} shows no sign")


def ensure_ready(*, port: int, served_host: str) -> None:
    """The web can serve: it answers, and reaches the database. Raises NotWorkingError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health/ready/", headers={"Host": served_host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotWorkingError(f"the web does not answer: {type(error).__name__}") from error
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise NotWorkingError(f"the web answers {status}")


def served_host(variables: Mapping[str, str]) -> str:
    """A host for which the web answers; to others it says 400."""
    hosts = variables.get("DJANGO_ALLOWED_HOSTS") or variables.get("ALLOWED_HOSTS") or ""
    first = hosts.split(",")[0].strip()
    return "localhost" if first in {"", "*"} else first


def ensure_sign_of_life(variables: Mapping[str, str], *, role: Role, host: str) -> None:
    """A process of this container has worked a moment ago. Raises NotWorkingError."""
    import psycopg  # noqa: PLC0415  the web's check is spared most of its time

    try:
        age = _age_of_last_sign(variables, role, host)
    except psycopg.Error as error:
        raise NotWorkingError(f"the database does not answer: {type(error).__name__}") from error
    if age is None:
        raise NotWorkingError(f"no {role} of {host} has shown a sign yet")
    if age > LATE_AFTER[role]:
        raise NotWorkingError(f"the last sign of the {role} is {age.total_seconds():.0f} s old")


def _age_of_last_sign(variables: Mapping[str, str], role: Role, host: str) -> timedelta | None:
    import psycopg  # noqa: PLC0415  as above

    with psycopg.connect(
        **_database(variables), connect_timeout=PATIENCE_SECONDS, autocommit=True
    ) as database:
        row = database.execute(_LAST_SIGN, {"role": role.value, "host": host}).fetchone()
    return row[0] if row else None


def _database(variables: Mapping[str, str]) -> dict[str, Any]:
    """As the settings find it."""
    if url := variables.get("DATABASE_URL"):
        import environ  # noqa: PLC0415  as above

        found = environ.Env.db_url_config(url)
        options: dict[str, Any] = found.get("OPTIONS", {})
    else:
        found = {name: variables.get(f"POSTGRES_{name}") for name in ("USER", "PASSWORD", "HOST", "PORT")}
        found["NAME"] = variables.get("POSTGRES_DB")
        options = {}
    return options | {
        "user": found["USER"] or "payouts",
        "password": found["PASSWORD"],
        "host": found["HOST"] or "127.0.0.1",
        "port": found["PORT"] or "5432",
        "dbname": found["NAME"] or "payouts",
    }


def main(variables: Mapping[str, str]) -> int:
    try:
        ensure_working(variables, host=socket.gethostname())
    except NotWorkingError as reason:
        sys.stdout.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
