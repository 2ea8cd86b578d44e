from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection
from django.test import Client

from access.models import Operator, Organization
from payouts.models import Payout
from tests.console_load.measuring import Measured, Read, measure, plan_of
from tests.console_load.reads import all_reads

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG_LIST = re.compile(r"'\{[^}]{60,}\}'")
_HEAD = """# How the console reads

Written by `python -m tests.console_load --plans`, of an organization with {payouts:,} payouts on {server}. Each
statement is shown with the plan by which it was carried out, and with what it has read.
"""


def measure_reads(organization: str, *, times: int) -> list[Measured]:
    organization_id = Organization.objects.get(name=organization).pk
    return [measure(read, times=times) for read in all_reads(organization_id)]


def measure_pages(urls: Sequence[str], username: str, *, times: int) -> list[Measured]:
    client = Client()
    client.force_login(Operator.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
    return [measure(Read(url, partial(_get, client, url)), times=times) for url in urls]


def _get(client: Client, url: str) -> None:
    answer = client.get(url, headers={"host": "localhost"})
    if answer.status_code != 200:
        raise RuntimeError(f"{url} was answered with {answer.status_code}")
    answer.getvalue()


def plans_page(reads: Sequence[Measured]) -> str:
    head = _HEAD.format(payouts=Payout.objects.count(), server=f"PostgreSQL {_server_version()}")
    return "\n".join([head, *(_section(read) for read in reads)])


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return str(version)


def _section(read: Measured) -> str:
    plans = _LONG_LIST.sub("'{…}'", "\n\n".join(plan_of(statement) for statement in read.statements))
    return f"## {read.name}\n\n{read.p50:.1f} ms (p95 {read.p95:.1f})\n\n```\n{plans}\n```\n"
