"""The whole service as an outsider meets it: started by its own command, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Json = dict[str, Any]

START_SECONDS = 90.0
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True)
class Stack:
    """A running `payouts up`; `http` speaks to its API with a key of every scope."""

    home: Path
    http: httpx.Client
    environment: Mapping[str, str]
    """What a command needs to find this stack, beside the variables of this process."""

    @property
    def ready(self) -> Json:
        """What `ready.json` says at this moment."""
        facts: Json = json.loads((self.home / "ready.json").read_text())
        return facts

    def pid(self, process: str) -> int:
        return int(self.ready["processes"][process])

    def add_recipient(self, account_number: str) -> int:
        answer = self.http.post(
            "/api/recipients/",
            json={"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": account_number},
        )
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def post_payout(self, key: str, **changes: Any) -> httpx.Response:
        body = {
            "recipient_id": self.ready["recipient_id"],
            "amount": "100.50",
            "currency": "USD",
            "idempotency_key": key,
        } | changes
        return self.http.post("/api/payouts/", json=body)

    def add_payout(self, key: str, **changes: Any) -> Json:
        answer = self.post_payout(key, **changes)
        assert answer.status_code == 201, answer.text
        payout: Json = answer.json()
        return payout

    def payout(self, payout_id: int) -> Json:
        payout: Json = self.http.get(f"/api/payouts/{payout_id}/").raise_for_status().json()
        return payout

    def history(self, payout_id: int) -> list[str]:
        events = self.http.get(f"/api/payouts/{payout_id}/events/").raise_for_status().json()
        return [event["type"] for event in events["results"]]

    def wait_for(self, payout_id: int, *stages: str, seconds: float = 30.0) -> Json:
        """The payout, once it has come to one of the stages."""
        return wait_until(
            lambda: self.payout(payout_id),
            lambda payout: payout["stage"] in stages,
            seconds=seconds,
        )

    def executions(self, reference: str) -> list[Json]:
        """What the bank's own ledger says it executed for the payout."""
        lines = self.bank("GET", "/ledger").text.splitlines()
        movements = [json.loads(line) for line in lines]
        return [movement for movement in movements if movement["key"].rpartition("-")[0] == reference]

    def manage(self, *arguments: str) -> str:
        """What `payouts manage …` prints last: a command of the service in this stack's environment."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "manage", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip().splitlines()[-1]

    @contextmanager
    def signed_in_browser(self) -> Iterator[httpx.Client]:
        """One in which the administrator has signed in to the console."""
        facts = self.ready
        with httpx.Client(base_url=facts["url"], trust_env=False, timeout=10) as browser:
            token = _FORM_TOKEN.search(browser.get("/admin/", follow_redirects=True).text)
            assert token is not None
            form = {
                "login": facts["admin"]["username"],
                "password": facts["admin"]["password"],
                "csrfmiddlewaretoken": token[1],
                "next": "/admin/",
            }
            signed_in = browser.post("/sign-in/", data=form, headers={"Referer": facts["url"]})
            assert signed_in.status_code == 302, signed_in.text
            browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
            yield browser

    def bank(self, method: str, path: str, **request: Any) -> httpx.Response:
        url = self.ready["sandbox_bank_url"] + path
        return httpx.request(method, url, trust_env=False, **request).raise_for_status()


def wait_until(look: Callable[[], Json], is_so: Callable[[Json], bool], *, seconds: float) -> Json:
    deadline = time.monotonic() + seconds
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"still {seen} after {seconds} s"
        time.sleep(0.05)
    return seen


@contextmanager
def running_stack(home: Path, environment: Mapping[str, str]) -> Iterator[Stack]:
    """`payouts up` in this home on a free port, until the block ends."""
    settings = {"PAYOUTS_HOME": str(home), "PORT": str(_free_port()), **environment}
    with (home / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            ready = _wait_until_ready(home, up)
            with _client(ready) as http:
                yield Stack(home, http, settings)
        finally:
            up.send_signal(signal.SIGTERM)
            assert up.wait(timeout=60) == 0, _tail(home)


def _client(ready: Json) -> httpx.Client:
    return httpx.Client(
        base_url=ready["url"],
        headers={"Authorization": f"Bearer {ready['api_key']}"},
        timeout=10,
        trust_env=False,
        limits=httpx.Limits(max_connections=100),
    )


def _wait_until_ready(home: Path, up: subprocess.Popen[bytes]) -> Json:
    deadline = time.monotonic() + START_SECONDS
    ready_file = home / "ready.json"
    while not ready_file.exists():
        assert up.poll() is None, _tail(home)
        assert time.monotonic() < deadline, _tail(home)
        time.sleep(0.1)
    facts: Json = json.loads(ready_file.read_text())
    return facts


def _tail(home: Path) -> str:
    return (home / "up.log").read_text(errors="replace")[-5_000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
