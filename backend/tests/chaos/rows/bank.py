"""What the bank does, and what happens on the way to it: each payout comes to its right end, and once."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
from standardwebhooks import Webhook

from tests.chaos import sandbox
from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind, Result
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import count_failed, probing
from tests.chaos.resources import count_refused_connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.chaos.client_log import Call
    from tests.chaos.matrix import Scene

AWAY_SECONDS = 20.0
SWALLOWING_SECONDS = 12.0
# Two children, each with a breaker for orders and one for questions, at 0, 1, 3, 7 and 15 seconds.
MOST_CALLS_PER_MINUTE = 60
LATE_PAYOUTS = 10
LOST_REPLY_RATE = 0.15
KILL_SECONDS = 0.3
SLOW_BANK_MS = 100
# The right end of each script, and how long its payout may take to come to it: the last waits for a person.
ENDS: Mapping[str, tuple[str, str]] = {
    "0001": ("FAILED", "declined"),
    "0002": ("FAILED", "declined"),
    "0003": ("COMPLETED", "confirmed"),
    "0004": ("COMPLETED", "confirmed"),
    "0005": ("RETURNED", "returned"),
    "0006": ("COMPLETED", "confirmed"),
    "0007": ("COMPLETED", "confirmed"),
    "0008": ("COMPLETED", "confirmed"),
    "0009": ("COMPLETED", "confirmed"),
    "0010": ("COMPLETED", "confirmed"),
    "0011": ("COMPLETED", "confirmed"),
    "0012": ("COMPLETED", "confirmed"),
    "0013": ("PROCESSING", "needs_review"),
    "7101": ("COMPLETED", "confirmed"),
}
ENDS_SECONDS = 110.0


def play_every_script(scene: Scene) -> Sequence[Figure]:
    """One payout for each script of a bank that forgets keys and loses 15 % of its replies: each has its end."""
    sandbox.set_behaviour(scene.stack, idempotent=False, lost_reply_rate=LOST_REPLY_RATE)
    with Caller(scene.stack.url, scene.accounts[1], scene.log) as caller:
        waiting = {suffix: _post_to(scene, caller, suffix, "script") for suffix in ENDS}
        ends_at = time.monotonic() + ENDS_SECONDS
        while waiting and time.monotonic() < ends_at:
            time.sleep(1)
            waiting = {
                suffix: payout_id
                for suffix, payout_id in waiting.items()
                if not _has_ended(caller, suffix, payout_id)
            }
    return [Figure("scripts", len(ENDS)), Figure("not at their right end", len(waiting), at_most=0)]


def _post_to(scene: Scene, caller: Caller, suffix: str, what: str) -> int:
    """A payout to the account of this suffix, asked for until it is taken."""
    (payee,) = (payee for payee in caller.account.payees if payee.account_number.endswith(suffix))
    key = f"{scene.name}-{what}-{suffix}"
    body = {"recipient_id": payee.recipient_id, "amount": "3.00", "currency": "EUR"}
    keyed = {**body, "metadata": {"client_key": key}, "idempotency_key": key}
    call = caller.send(Kind.CREATE, "POST", "/api/payouts/", key=key, body=keyed)
    while call.result is Result.UNKNOWN:
        time.sleep(0.1)
        call = caller.send(
            Kind.CREATE, "POST", "/api/payouts/", key=key, body=keyed, attempt=call.attempt + 1
        )
    return call.payout_id or 0


def _has_ended(caller: Caller, suffix: str, payout_id: int) -> bool:
    seen = caller.read(Kind.DETAIL, f"/api/payouts/{payout_id}/", payout_id=payout_id)
    return seen.result is Result.OK and (seen.answer["status"], seen.answer["stage"]) == ENDS[suffix]


def refuse_connections(scene: Scene) -> Sequence[Figure]:
    """Nobody listens where the bank was; payouts are taken and wait."""
    with probing(scene) as probe:
        scene.stack.bank_proxy.refuse()
        scene.stack.bank_proxy.reset()
        refused_before = count_refused_connections()
        calls = probe.post_for(AWAY_SECONDS, pause_seconds=0.2)
        refused = count_refused_connections() - refused_before
        scene.stack.bank_proxy.heal()
    paid_after = sandbox.seconds_until_paying(scene.stack)
    return [
        Figure(
            "calls per minute of the worker's children",
            refused * 60 / AWAY_SECONDS,
            at_most=MOST_CALLS_PER_MINUTE,
            at_least=1,
            is_timing=True,  # the kernel counts those of other programs too
        ),
        Figure("payouts taken meanwhile", sum(call.result is Result.OK for call in calls), at_least=1),
        Figure("seconds until payouts are paid again", paid_after, at_most=60, is_timing=True),
    ]


def swallow_everything(scene: Scene) -> Sequence[Figure]:
    """The network to the bank takes what is sent, and nothing comes back; then it goes on."""
    with probing(scene) as probe:
        scene.stack.bank_proxy.half_open()
        calls = probe.post_for(SWALLOWING_SECONDS, pause_seconds=0.2)
        scene.stack.bank_proxy.heal()
    paid_after = sandbox.seconds_until_paying(scene.stack)
    return [
        Figure("payouts taken meanwhile", sum(call.result is Result.OK for call in calls), at_least=1),
        Figure("POST errors", count_failed(calls), at_most=0),
        Figure("seconds until payouts are paid again", paid_after, at_most=60, is_timing=True),
    ]


def lose_replies(scene: Scene) -> Sequence[Figure]:
    """The bank forgets keys, loses 15 % of its replies, and a worker's child is killed every 0.3 seconds."""
    sandbox.set_behaviour(
        scene.stack, idempotent=False, lost_reply_rate=LOST_REPLY_RATE, latency_ms=SLOW_BANK_MS
    )
    worker = scene.stack.process("worker")
    kills = 0
    ends_at = time.monotonic() + 12
    while time.monotonic() < ends_at:
        kills += worker.kill_child(scene.chance) is not None
        time.sleep(KILL_SECONDS)
    return [Figure("kills of a child", kills, at_least=1)]


def land_late(scene: Scene) -> Sequence[Figure]:
    """The bank knows nothing of an order when it is asked, and executes it afterwards; workers are killed."""
    worker = scene.stack.process("worker")
    sandbox.set_behaviour(scene.stack, idempotent=False)
    with _asking_at_once(scene), Caller(scene.stack.url, scene.accounts[0], scene.log) as caller:
        for number in range(LATE_PAYOUTS):
            _post_to(scene, caller, "0011", f"late-{number}")
            time.sleep(0.5)
            worker.kill_child(scene.chance)
        time.sleep(4)  # the bank must not be told to keep keys before the last of them has landed
    return [Figure("payouts that land late", LATE_PAYOUTS)]


@contextmanager
def _asking_at_once(scene: Scene) -> Iterator[None]:
    """Whatever is unknown is asked about at once and again and again, and not only after the settle window."""
    over = threading.Event()

    def ask() -> None:
        with scene.stack.database() as database:
            while not over.wait(0.2):
                database.execute(
                    "UPDATE payouts_payoutattempt SET next_inquiry_at = now()"
                    " WHERE state = 'unknown' AND next_inquiry_at > now()"
                )

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def err_and_dawdle(scene: Scene) -> Sequence[Figure]:
    """Answers with 500 before anything is done, late answers, and executions that follow their acceptance."""
    sandbox.set_behaviour(scene.stack, error_rate=0.3, latency_ms=400, in_flight_ms=1_500)
    time.sleep(10)
    return [Figure("seconds of it", 10)]


def forge_callbacks(scene: Scene) -> Sequence[Figure]:
    """Callbacks that are unsigned, signed by another, too old, or about what nobody knows."""
    with probing(scene) as probe:
        taken = probe.insist(probe.post())
    forged = list(_forgeries(scene, taken))
    answers = [
        httpx.post(
            f"{scene.stack.url}/api/rails/sandbox/callbacks/",
            content=content,
            headers=headers,
            trust_env=False,
            timeout=10,
        )
        for content, headers in forged
    ]
    return [
        Figure("forged callbacks", len(forged)),
        Figure("taken", sum(answer.is_success for answer in answers), at_most=0),
        Figure("answered with 500", sum(answer.status_code == 500 for answer in answers), at_most=0),
    ]


def _forgeries(scene: Scene, taken: Call) -> list[tuple[bytes, dict[str, str]]]:
    word = {
        "type": "transfer.executed",
        "data": {"key": f"{taken.answer['reference']}-1", "status": "executed", "reference": "SBFORGED"},
    }
    body = json.dumps(word)
    now = datetime.now(tz=UTC)
    others_secret = "whsec_" + base64.b64encode(b"a secret that is another's").decode()
    return [
        (body.encode(), {"Content-Type": "application/json"}),
        (body.encode(), _signed(others_secret, body, now)),
        (body.encode(), _signed(scene.stack.callback_secret, body, now - timedelta(hours=1))),
        (body.replace("SBFORGED", "SBCHANGED").encode(), _signed(scene.stack.callback_secret, body, now)),
    ]


def _signed(secret: str, body: str, at: datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "webhook-id": "msg_forged",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_forged", at, body),
    }


ROWS = (
    Row(
        "bank-scripts",
        "bank: every script of the sandbox, keys forgotten, 15 % of the replies lost",
        "the right end each time",
        play_every_script,
    ),
    Row(
        "bank-refuses",
        "bank: refuses connections",
        "breaker, payouts wait; calls per minute ≤ cap",
        refuse_connections,
    ),
    Row(
        "bank-half-open",
        "bank: half-open connections for 12 s",
        "POST errors 0; doubles 0, lost 0",
        swallow_everything,
    ),
    Row(
        "bank-loses-replies",
        "bank: forgets keys, loses 15 % of its replies; a child is killed every 0.3 s",
        "doubles 0, lost 0",
        lose_replies,
        is_short=True,
    ),
    Row(
        "bank-lands-late",
        "bank: the effect lands after a “not found”",
        "settle window holds; doubles 0",
        land_late,
    ),
    Row(
        "bank-errs",
        "bank: 30 % of HTTP 500, late answers, late executions",
        "doubles 0, lost 0",
        err_and_dawdle,
    ),
    Row(
        "callbacks-forged",
        "bank callbacks: forged, changed, stale",
        "none is taken",
        forge_callbacks,
        is_short=True,
    ),
)
