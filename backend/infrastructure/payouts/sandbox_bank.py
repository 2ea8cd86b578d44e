"""The sandbox bank's switches, over HTTP. Its orders travel elsewhere, in the rail's own connections."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, fields
from typing import Any

import httpx
from django.conf import settings

from infrastructure.http_client import fetch, make_client
from payouts.domain.sandbox_bank import BankNotReached, Behaviour

_PATH = "/behaviour"
_HTTP_OK = 200
# People wait for it, on a page: no longer than the rail waits for a connection.
_DEADLINE_SECONDS = 1.0
_UNREADABLE = (ValueError, KeyError, TypeError, RecursionError)


class SandboxBank:
    """A connection for each question: switches are rare, and the bank may be started anew in between."""

    def read_behaviour(self) -> Behaviour:
        """Raises BankNotReached."""
        return self._call("GET")

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Raises BankNotReached, after which the switches may have been set all the same."""
        self._call("POST", json=asdict(behaviour))

    def _call(self, method: str, **request: Any) -> Behaviour:
        client = make_client(
            base_url=settings.SANDBOX_BANK_URL,
            connect_seconds=settings.SANDBOX_RAIL_CONNECT_TIMEOUT_SECONDS,
            total_seconds=_DEADLINE_SECONDS,
        )
        try:
            with closing(client):
                status, body = fetch(client, method, _PATH, deadline_seconds=_DEADLINE_SECONDS, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise BankNotReached(type(error).__name__) from error
        if status != _HTTP_OK:
            raise BankNotReached(f"it answers with HTTP status {status}")
        return _read(body)


def _read(body: bytes) -> Behaviour:
    """Raises BankNotReached for what is no answer of a sandbox bank."""
    try:
        switches = json.loads(body)
        return Behaviour(**{field.name: switches[field.name] for field in fields(Behaviour)})
    except _UNREADABLE as error:
        raise BankNotReached("its answer cannot be read") from error
