"""The one way out: every call to another server goes through a client made here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ANSWER_BYTES = 4 * 1024 * 1024


class AnswerTooLarge(httpx.TransportError):
    """The server sent more than we are ready to read."""


class DeadlinePassed(httpx.TimeoutException):
    """The whole call has taken longer than it may, though each of its parts was quick enough."""


def make_client(*, base_url: str, connect_seconds: float, total_seconds: float) -> httpx.Client:
    """A client without retries, redirects or proxies from the environment: it sends once, there, or fails."""
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(total_seconds, connect=connect_seconds),
        transport=httpx.HTTPTransport(retries=0),
        follow_redirects=False,
        trust_env=False,
    )


def fetch(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    deadline_seconds: float,
    json: object = None,
    params: Mapping[str, list[str]] | None = None,
) -> tuple[int, bytes]:
    """Status and body of the answer, within one deadline for the whole call and bounded in size.

    httpx bounds each wait on its own; a server that sends a byte now and then would never time out. Raises
    the httpx.TransportError that tells what happened.
    """
    give_up_at = time.monotonic() + deadline_seconds
    body = bytearray()
    with client.stream(method, path, json=json, params=params) as answer:
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > MOST_ANSWER_BYTES:
                raise AnswerTooLarge("The answer is too large.")
            if time.monotonic() > give_up_at:
                raise DeadlinePassed("The answer did not come in time.")
    return answer.status_code, bytes(body)
