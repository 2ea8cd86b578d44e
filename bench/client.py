"""One client with one connection, as cheap as Python has them: it shares the machine with the service."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from cli.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT_SECONDS = 10.0
CREATED = 201
OK = 200


class Unexpected(Refusal):
    def __init__(self, what: str, answer: Answer) -> None:
        super().__init__(f"{what} was answered {answer.status}: {answer.body[:500]!r}")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    def __init__(self, address: str, api_key: str) -> None:
        self._connection = HTTPConnection(address, timeout=TIMEOUT_SECONDS)
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def get(self, path: str, *, expected: int = OK) -> Answer:
        return self._ask("GET", path, None, expected)

    def post(self, path: str, body: Mapping[str, Any], *, expected: int = CREATED) -> Answer:
        return self._ask("POST", path, json.dumps(body), expected)

    def create(self, key: str, recipient_id: int, *, expected: int = CREATED) -> Any:
        """The payout, as it was answered."""
        body = {"recipient_id": recipient_id, "amount": "10.00", "currency": "USD", "idempotency_key": key}
        return self.post("/api/payouts/", body, expected=expected).json()

    def _ask(self, method: str, path: str, body: str | None, expected: int) -> Answer:
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        answer = Answer(response.status, response.read())
        if answer.status != expected:
            raise Unexpected(f"{method} {path}", answer)
        return answer

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def closing(self) -> Iterator[Client]:
        try:
            yield self
        finally:
            self.close()
