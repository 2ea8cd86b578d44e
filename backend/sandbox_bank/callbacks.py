"""Callbacks by the Standard Webhooks scheme: written with the movement they tell of, delivered afterwards."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import httpx
import structlog
from standardwebhooks import Webhook

from sandbox_bank.books import Books, QueuedCallback
from sandbox_bank.scripts import Announcement
from sandbox_bank.store import Store
from sandbox_bank.transfers import Transfer
from sandbox_bank.wire import iso_time, transfer_json

BATCH: Final = 100
SHORTEST_SECRET_BYTES: Final = 16
_TIMEOUT: Final = httpx.Timeout(2.0, connect=1.0)

log = structlog.get_logger()


class InvalidCallbackTargetError(Exception):
    """The environment names a receiver that callbacks cannot be sent to."""


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    url: str
    secret: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidCallbackTargetError("the callback URL must start with http:// or https://")
        if not _is_secret(self.secret):
            raise InvalidCallbackTargetError(
                f"the callback secret must be whsec_ and at least {SHORTEST_SECRET_BYTES} bytes in base64"
            )

    def __repr__(self) -> str:
        return f"CallbackTarget(url={self.url!r})"


def _is_secret(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return secret.startswith("whsec_") and len(key) >= SHORTEST_SECRET_BYTES


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    first_seconds: float = 0.5
    longest_seconds: float = 5.0
    most_tries: int = 20

    def wait_seconds(self, tries: int) -> float | None:
        """Tell how long to wait after so many failed tries, or None to give up."""
        if tries >= self.most_tries:
            return None
        return min(self.first_seconds * 2.0 ** (tries - 1), self.longest_seconds)


def queue_callbacks(
    books: Books, transfer: Transfer, announcements: Sequence[Announcement], *, now: float
) -> None:
    """Queue them in this order; one that is named twice is one message, with one id, delivered twice."""
    webhook_ids = {announcement: f"msg_{uuid.uuid4().hex}" for announcement in announcements}
    for announcement in announcements:
        books.add_callback(
            transfer.end_to_end_id,
            webhook_id=webhook_ids[announcement],
            body=_body(transfer, announcement, now=now),
            due_at=now,
        )


def _body(transfer: Transfer, announcement: Announcement, *, now: float) -> str:
    told, moment = transfer, now
    if announcement is Announcement.ACCEPTED:
        told, moment = replace(transfer, executed_at=None, returned_at=None), transfer.received_at
    content = {"type": announcement.value, "timestamp": iso_time(moment), "data": transfer_json(told)}
    return json.dumps(content, separators=(",", ":"))


class Courier:
    """Delivers queued callbacks at least once: one that is not answered 2xx is sent again later."""

    def __init__(
        self, store: Store, target: CallbackTarget, schedule: RetrySchedule, stopping: threading.Event
    ) -> None:
        self._store = store
        self._url = target.url
        self._webhook = Webhook(target.secret)
        self._schedule = schedule
        self._stopping = stopping
        self._client = httpx.Client(trust_env=False, follow_redirects=False, timeout=_TIMEOUT)

    def close(self) -> None:
        self._client.close()

    def deliver_due(self) -> bool:
        """Send what is due; true when something was sent, so that more of it may be due now."""
        with self._store.transaction() as books:
            callbacks = books.list_due_callbacks(time.time(), limit=BATCH)
        for callback in callbacks:
            if self._stopping.is_set():
                break
            self._deliver(callback)
        return bool(callbacks)

    def _deliver(self, callback: QueuedCallback) -> None:
        problem = self._send(callback)
        tries = callback.tries + 1
        wait_seconds = self._schedule.wait_seconds(tries) if problem else None
        with self._store.transaction() as books:
            if wait_seconds is None:
                books.remove_callback(callback.id)
            else:
                books.postpone_callback(callback.id, due_at=time.time() + wait_seconds)
        if problem:
            event = "callback_given_up" if wait_seconds is None else "callback_failed"
            log.warning(event, webhook_id=callback.webhook_id, tries=tries, problem=problem)

    def _send(self, callback: QueuedCallback) -> str | None:
        """Send once; None when the receiver took it, else what went wrong."""
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": callback.webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(callback.webhook_id, now, callback.body),
        }
        try:
            response = self._client.post(self._url, content=callback.body.encode(), headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if response.is_success else f"HTTP {response.status_code}"
