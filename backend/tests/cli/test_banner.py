from __future__ import annotations

import json
import shlex
from pathlib import Path

from cli.banner import banner, curl_line
from cli.environment import Endpoints
from cli.home import Home
from cli.preparation import Credentials

ENDPOINTS = Endpoints(
    port=8123,
    bank_port=9123,
    database_url="postgresql://",
    redis_url="redis://",
    metrics_ports={"web": 7001, "relay": 7002},
)
CREDENTIALS = Credentials(
    api_key="pk_test_" + "k" * 120, recipient_id=7, admin={"username": "admin", "password": "made-up"}
)


def test_it_holds_a_command_that_creates_a_payout_when_pasted() -> None:
    words = shlex.split(curl_line(ENDPOINTS, CREDENTIALS))
    payout = json.loads(words[words.index("-d") + 1])
    assert payout.pop("idempotency_key").startswith("demo-")
    assert payout == {"recipient_id": 7, "amount": "100.50", "currency": "EUR"}
    assert "http://127.0.0.1:8123/api/payouts/" in words
    assert f"Authorization: Bearer {CREDENTIALS.api_key}" in words


def test_it_uses_a_new_idempotency_key_at_each_start() -> None:
    assert curl_line(ENDPOINTS, CREDENTIALS) != curl_line(ENDPOINTS, CREDENTIALS)


def test_it_leaves_the_command_on_one_line_and_says_what_the_stack_is_not_for() -> None:
    shown = banner(
        home=Home(Path("/somewhere")), endpoints=ENDPOINTS, credentials=CREDENTIALS, coloured=False
    )
    [line] = [line for line in shown.splitlines() if line.startswith("curl ")]
    assert shlex.split(line)[-1].endswith("}")
    assert "for development" in shown
    assert "Never for production" in shown
    assert "admin / made-up" in shown
    assert "\x1b[" not in shown
