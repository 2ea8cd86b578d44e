"""A commit without a name has no crash points, and nobody would notice what a kill does there."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection

from core.event_bus import event_bus
from database import transactions
from events.models import Event
from events.relay import relay_events
from infrastructure.payouts import tasks
from tests.payouts.application.engine import ask, let_time_pass, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from rest_framework.test import APIClient

    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail

_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH\b.*\b(?:INSERT|UPDATE|DELETE)\b)", re.DOTALL)
# The clock of the tests is no part of the service.
_LAWFUL = {
    transactions._commit_once.__code__,
    transactions._commit_one_statement.__code__,
    let_time_pass.__code__,
}


def _is_lawful() -> bool:
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code in _LAWFUL:
            return True
    return False


@contextmanager
def unnamed_writes() -> Iterator[list[str]]:
    """The statements that wrote something outside every commit with a name."""
    found: list[str] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if _WRITES.match(str(sql)) and not _is_lawful():
            found.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


@pytest.mark.django_db(transaction=True)
def test_it_writes_in_named_commits_only(
    organization: Organization, api: APIClient, rail: SandboxRail, timeout: timedelta
) -> None:
    with unnamed_writes() as found:
        _live_through_it_all(organization, api, rail, timeout)

    assert not found


@pytest.fixture
def timeout(rail: SandboxRail) -> timedelta:
    return max(rail.timing.lease, rail.timing.settle_window) * 2


def _live_through_it_all(
    organization: Organization, api: APIClient, rail: SandboxRail, timeout: timedelta
) -> None:
    call_command("create_organization", "Initech", "--environment", "test")
    call_command("create_api_key", "Initech", "--name", "shop")
    for suffix in ("1234", "0003", "0004", "0006"):
        recipient = _post(api, "/api/recipients/", _recipient(suffix))
        _post(api, "/api/payouts/", _payout(recipient["id"], suffix))
    deleted = _post(api, "/api/payouts/", _payout(recipient["id"], "deleted"))
    api.delete(f"/api/payouts/{deleted['id']}/")
    canceled = _post(api, "/api/payouts/", _payout(recipient["id"], "canceled"))
    api.patch(f"/api/payouts/{canceled['id']}/", {"status": "CANCELED", "reason": "no"}, format="json")
    api.patch(f"/api/recipients/{recipient['id']}/", {"is_active": False}, format="json")
    for _ in range(3):
        work(rail)
        let_time_pass(timeout)
        tasks.expire_leases()
        ask(rail)
        while relay_events(event_bus):
            pass
    assert Event.objects.filter(organization_id=organization.pk).count() > 20


def _post(api: APIClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(path, body, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def _recipient(suffix: str) -> dict[str, str]:
    return {"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": f"UA12345678{suffix}"}


def _payout(recipient_id: int, name: str) -> dict[str, Any]:
    key = f"{name}-of-a-named-commit"
    return {"recipient_id": recipient_id, "amount": "10.00", "currency": "EUR", "idempotency_key": key}
