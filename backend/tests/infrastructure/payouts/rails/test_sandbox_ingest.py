"""Whose signature the sandbox rail believes, while its secret is changed and when it has none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.domain.rail import Completed, ForgedCallback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_django import Settings

    from payouts.domain.rail import Outcome

OLD, NEW, STRANGERS = (
    "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQt",
    "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXct",
    "whsec_c3RyYW5nZXItc3RyYW5nZXItc3RyYW5n",
)
BODY = json.dumps({"data": {"key": "A-1", "status": "executed", "reference": "bank-7"}})


def ingest(secret: str) -> Mapping[str, Outcome]:
    """What the rail makes of a callback that was signed with this secret."""
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, BODY),
    }
    return SandboxRail().ingest(BODY.encode(), headers)


@pytest.mark.parametrize("believed", [f"{NEW} {OLD}", f"{OLD} {NEW}", f"  {NEW}\t{OLD} "])
@pytest.mark.parametrize("secret", [OLD, NEW])
def test_it_believes_each_secret_while_one_is_changed(believed: str, secret: str, settings: Settings) -> None:
    settings.SANDBOX_BANK_CALLBACK_SECRET = believed

    assert ingest(secret) == {"A-1": Completed("bank-7", {"reply": "executed"})}


@pytest.mark.parametrize("believed", [NEW, f"{NEW} {STRANGERS}", "", "whsec_", "whsec_ö", f"{OLD}{NEW}"])
def test_it_refuses_a_secret_that_it_was_not_given(believed: str, settings: Settings) -> None:
    settings.SANDBOX_BANK_CALLBACK_SECRET = believed

    with pytest.raises(ForgedCallback):
        ingest(OLD)
