"""One client's connection to the service: what it sends is answered, refused or of unknown result."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import httpx

from tests.chaos.accounts import client_of
from tests.chaos.client_log import Call, Kind, Result, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import ClientLog

# Enough to recognise what was sent; an oversized body need not be kept.
_LONGEST_CONTENT = 500


class Caller:
    """Speaks for one tenant, with connections that stay open. Not to be shared between threads."""

    def __init__(self, url: str, account: Account, log: ClientLog) -> None:
        self.account = account
        self._log = log
        self._clients = ExitStack()
        self._http = self._clients.enter_context(client_of(url, account.api_key))
        self._reader = self._http
        if account.reader_key:
            self._reader = self._clients.enter_context(client_of(url, account.reader_key))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clients.close()

    def send(
        self,
        kind: Kind,
        method: str,
        path: str,
        *,
        key: str = "",
        body: Any = None,
        payout_id: int | None = None,
        headers: Mapping[str, str] | None = None,
        attempt: int = 1,
    ) -> Call:
        """Send once, without any retry of its own, and log what came of it."""
        request = self._http.build_request(method, path, json=body, headers=dict(headers or {}))
        return self._perform(self._http, request, kind, key=key, body=body, id_=payout_id, attempt=attempt)

    def send_raw(
        self, kind: Kind, method: str, path: str, *, key: str, content: bytes, headers: Mapping[str, str]
    ) -> Call:
        """Send these very bytes, which need not be JSON."""
        request = self._http.build_request(method, path, content=content, headers=dict(headers))
        body = content[:_LONGEST_CONTENT].decode(errors="replace")
        return self._perform(self._http, request, kind, key=key, body=body)

    def read(self, kind: Kind, path: str, *, payout_id: int | None = None, is_masked: bool = False) -> Call:
        """Read with the tenant's key, or with the one that may see masked account numbers only."""
        client = self._reader if is_masked else self._http
        return self._perform(client, client.build_request("GET", path), kind, id_=payout_id)

    def _perform(
        self,
        client: httpx.Client,
        request: httpx.Request,
        kind: Kind,
        *,
        key: str = "",
        body: Any = None,
        id_: int | None = None,
        attempt: int = 1,
    ) -> Call:
        started_at, error, response = time.monotonic(), "", None
        try:
            response = client.send(request)
        except httpx.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}"
        seconds = time.monotonic() - started_at
        answer, result = _read(response)
        call = Call(
            started_at=started_at,
            seconds=seconds,
            kind=kind,
            tenant=self.account.name,
            key=key,
            body=body,
            status=None if response is None else response.status_code,
            result=result,
            payout_id=_payout_id(answer, id_),
            answer=answer,
            error=error,
            attempt=attempt,
            retry_after="" if response is None else response.headers.get("Retry-After", ""),
            sees_bank_details=client is self._http or not self.account.reader_key,
        )
        self._log.add(call)
        return call


def _read(response: httpx.Response | None) -> tuple[Any, Result]:
    if response is None:
        return None, Result.UNKNOWN
    result = result_of(response.status_code)
    if not response.content:
        return None, result
    try:
        return response.json(), result
    except json.JSONDecodeError:
        # A refusal is one whatever its words; a success that cannot be read has told the client nothing.
        return None, Result.UNKNOWN if result is Result.OK else result


def _payout_id(answer: Any, named: int | None) -> int | None:
    match answer:
        case {"id": int(payout_id), "reference": str()}:
            return payout_id
        case _:
            return named
