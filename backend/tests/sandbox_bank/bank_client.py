"""A client of the bank, as plain as a rail's: it keeps nothing and repeats nothing."""

import json
import uuid
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import httpx

Json = dict[str, Any]


def a_transfer(suffix: str = "9999", **changes: object) -> Json:
    """Make a transfer whose account number ends as given, with a key and a payout of its own."""
    reference = uuid.uuid4().hex
    return {
        "key": f"{reference}-1",
        "end_to_end_id": reference,
        "uetr": str(uuid.uuid4()),
        "amount_minor": 1250,
        "currency": "EUR",
        "beneficiary_name": "Zoë Ångström",
        "account_number": f"DE893704004405{suffix}",
        "bank_code": "COBADEFFXXX",
        "country": "DE",
        "remittance_text": "Invoice 7",
        "valid_until": None,
    } | changes


def next_attempt(transfer: Json) -> Json:
    reference, _, attempt = transfer["key"].rpartition("-")
    return transfer | {"key": f"{reference}-{int(attempt) + 1}"}


def http_client(url: str) -> httpx.Client:
    # Without TLS nothing is verified, and the certificates of the world need not be loaded (0.1 s).
    return httpx.Client(base_url=url, trust_env=False, verify=False)  # noqa: S501 - plain HTTP to ourselves


class BankClient:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, *transfers: Json, timeout_seconds: float = 10.0) -> httpx.Response:
        return self.http.post("/transfers", json={"transfers": transfers}, timeout=timeout_seconds)

    def submit(self, *transfers: Json) -> list[Json]:
        response = self.post(*transfers)
        assert response.status_code == 200, response.text
        answers: list[Json] = response.json()["transfers"]
        return answers

    def inquire(self, *transfers: Json) -> list[Json]:
        keys = [("key", transfer["key"]) for transfer in transfers]
        answers: list[Json] = self.http.get("/transfers", params=keys).raise_for_status().json()["transfers"]
        return answers

    def status(self, transfer: Json) -> str:
        return str(self.inquire(transfer)[0]["status"])

    def ledger(self) -> list[Json]:
        return [json.loads(line) for line in self.http.get("/ledger").raise_for_status().text.splitlines()]

    def executed_keys(self) -> list[str]:
        return [line["key"] for line in self.ledger()]

    def behave(self, **switches: object) -> Json:
        behaviour: Json = self.http.post("/behaviour", json=switches).raise_for_status().json()
        return behaviour


def wait_until(is_so: Callable[[], bool], timeout_seconds: float = 10.0) -> None:
    deadline = monotonic() + timeout_seconds
    while not is_so():
        assert monotonic() < deadline, "it did not come to this in time"
        sleep(0.02)
