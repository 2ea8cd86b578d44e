"""The web as it runs in production, in front of a PostgreSQL of the test's own, with clients that go on asking."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cli.ports import HOST, find_free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.database.own_postgres import OwnPostgres

BACKEND = Path(__file__).parents[2]
START_SECONDS = 60.0
CLIENT_TIMEOUT_SECONDS = 30.0
# So many answers in a row have come from each of the processes.
_ALL_GOOD = 100


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: dict[str, Any]
    asked_at: float
    answered_at: float

    @property
    def seconds(self) -> float:
        return self.answered_at - self.asked_at


@dataclass(frozen=True)
class OwnWeb:
    port: int
    api_key: str
    log: Path

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        """One request on a connection of its own. A web that hangs up raises."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=CLIENT_TIMEOUT_SECONDS)
        asked_at = time.monotonic()
        try:
            connection.request(
                method,
                path,
                body=json.dumps(body) if body is not None else None,
                headers={
                    "Authorization": f"Bearer {self.api_key}",
                    "Content-Type": "application/json",
                    **headers,
                },
            )
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = "json" in response.getheader("Content-Type", "")
        return Answer(
            response.status,
            dict(response.getheaders()),
            json.loads(content) if is_json else {},
            asked_at,
            time.monotonic(),
        )

    def add_recipient(self) -> int:
        person = {"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": "DE0000001234"}
        return int(self.ask("POST", "/api/recipients/", person).body["id"])

    def post_payout(self, recipient_id: int, key: str) -> Answer:
        order = {
            "recipient_id": recipient_id,
            "amount": "100.50",
            "currency": "USD",
            "idempotency_key": key,
        }
        return self.ask("POST", "/api/payouts/", order)


@contextmanager
def own_web(postgres: OwnPostgres, folder: Path) -> Iterator[OwnWeb]:
    """Migrated, with an organization and a key of every scope."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": postgres.url,
        "PAYOUTS_ROLE": "command",
    }
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "create_organization", "Acme")
    api_key = _manage(environment, "create_api_key", "Acme", "--name", "shop").strip()
    port = find_free_port()
    command = ("-m", "gunicorn", "--config", "config/gunicorn.conf.py", "--bind", f"{HOST}:{port}")
    log = folder / "web.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, *command, "config.wsgi:application"],
            cwd=BACKEND,
            env=environment | {"PAYOUTS_ROLE": "web"},
            stdout=output,
            stderr=output,
        ) as process,
    ):
        web = OwnWeb(port, api_key, log)
        try:
            _wait_until_ready(web)
            yield web
        finally:
            process.terminate()


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BACKEND,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _wait_until_ready(web: OwnWeb) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if web.ask("GET", "/health/ready/").status == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, web.log.read_text()[-3000:]
        time.sleep(0.1)


class Clients:
    """Clients that post payouts and read lists, each one request after the other, until they are stopped."""

    def __init__(self, web: OwnWeb, *, count: int, prefix: str) -> None:
        self.answers: list[Answer] = []
        self.acknowledged: dict[str, int] = {}
        self._web = web
        self._prefix = prefix
        self._recipient_id = web.add_recipient()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(number,)) for number in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, number: int) -> None:
        round_number = 0
        while not self._stop.wait(0.1):
            round_number += 1
            key = f"{self._prefix}-{number:03}-{round_number:05}"
            answer = self._web.post_payout(self._recipient_id, key)
            self.answers.append(answer)
            if answer.status == 201:
                self.acknowledged[key] = answer.body["id"]
            # A list that nobody has asked for: a cached page is given also where the table cannot be read.
            self.answers.append(self._web.ask("GET", f"/api/payouts/?page_size=5&idempotency_key={key}"))

    def asked_between(self, start: float, end: float) -> list[Answer]:
        return [answer for answer in self.answers if start <= answer.asked_at < end]

    def seconds_until_well(self, since: float) -> float:
        """Until the first good answer that was given after the moment."""
        good = [answer.answered_at for answer in self.answers if answer.status in (200, 201)]
        return min(moment for moment in good if moment >= since) - since

    def wait_until_well(self, since: float, *, timeout_seconds: float = 15.0) -> float:
        """Wait until only good answers come, from all of its processes; seconds until the first of them."""
        deadline = time.monotonic() + timeout_seconds
        while not self._is_well_since(since):
            assert time.monotonic() < deadline, "no good answers again"
            time.sleep(0.05)
        return self.seconds_until_well(since)

    def _is_well_since(self, since: float) -> bool:
        latest = [answer for answer in list(self.answers) if answer.asked_at >= since][-_ALL_GOOD:]
        return len(latest) == _ALL_GOOD and all(answer.status in (200, 201) for answer in latest)
