"""Account numbers and secrets are looked for wherever somebody might find them afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from cli.embedded.postgres import EmbeddedPostgres
from tests.journeys.test_metrics import ROLES, told_by
from tests.stores import dump_stores, spellings_of

if TYPE_CHECKING:
    from pathlib import Path

    from cli.embedded.valkey import EmbeddedValkey
    from tests.collector import Collector
    from tests.journeys.stack import Json, Stack

# Nobody else's: what has one of these in it can only come from here. The endings script the bank.
IBAN, MOVED = "DE89370400440532013000", "UA213223130000026007233566001"
PLAIN = ["ZZ481516234201", "ZZ481516230003", "ZZ481516230006", "ZZ481516230009"]
NEVER_STORED = "ZZ992288339944"
NUMBERS = [IBAN, MOVED, *PLAIN, NEVER_STORED]


def test_it_leaves_no_account_number_and_no_secret_behind(
    stack: Stack, valkey: EmbeddedValkey, collector: Collector, tmp_path: Path
) -> None:
    ends = [pay(stack, number) for number in (IBAN, *PLAIN)]
    move_account(stack)
    answers = [*err_in_every_way(stack), *read_with_masked_key(stack)]
    for payout_id in ends:
        stack.wait_for(payout_id, "confirmed", "declined", "unknown", "needs_review", "returned")
    cached = stack.http.get("/api/payouts/", params={"page_size": 100}).text
    assert IBAN in cached  # this key may see it, and the page has been cached

    database_url = EmbeddedPostgres(home=stack.home).url
    dumps = dump_stores(database_url=database_url, redis_url=valkey.url, folder=tmp_path)
    places = {path.name: path.read_bytes() for path in [*dumps, *(stack.home / "logs").iterdir()]}
    places["up.log"] = (stack.home / "up.log").read_bytes()
    places["answers"] = "\n".join(answers).encode()
    places["metrics"] = "\n".join(told_by(stack, role) for role in ROLES).encode()
    places["traces"] = b"".join(collector.bodies)

    assert b"payouts_recipient" in places["database.sql"]
    assert b"payout-list:" in places["valkey.txt"]
    assert b"INSERT INTO payouts_payout" in places["traces"]
    assert b"payouts_http_requests_total" in places["metrics"]
    assert sorted(find_in(places, NUMBERS)) == []
    assert find_in(places, secrets_of(stack)) == []


def pay(stack: Stack, account_number: str) -> int:
    recipient_id = stack.add_recipient(account_number)
    payout_id: int = stack.add_payout(f"leaks-to-{recipient_id:04}", recipient_id=recipient_id)["id"]
    return payout_id


def move_account(stack: Stack) -> None:
    recipient_id = stack.add_recipient(IBAN)
    answer = stack.http.patch(f"/api/recipients/{recipient_id}/", json={"account_number": MOVED})
    assert answer.status_code == 200


def err_in_every_way(stack: Stack) -> list[str]:
    """What the service says to an account number in a wrong place: it is never repeated."""
    right: Json = {"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": NEVER_STORED}
    wrong: list[dict[str, Any]] = [
        right | {"account_number": [NEVER_STORED]},
        right | {"account_number": f"{NEVER_STORED}\u202e"},
        right | {"account_number": NEVER_STORED * 10},
        right | {"type": NEVER_STORED},
        right | {"country": NEVER_STORED},
        right | {"status": NEVER_STORED},
        right | {"account_number": "DE89370400440532013001"},
    ]
    answers = [stack.http.post("/api/recipients/", json=body) for body in wrong]
    answers.append(stack.http.post("/api/recipients/", content=json.dumps(right)[:-1]))
    answers.append(stack.http.get("/api/payouts/", params={"recipient_id": NEVER_STORED}))
    answers.append(stack.http.get(f"/api/recipients/{NEVER_STORED}/"))
    answers.append(stack.http.get(f"/{NEVER_STORED}"))
    answers.append(stack.http.patch(f"/api/payouts/{NEVER_STORED}/", json={"status": NEVER_STORED}))
    assert {answer.status_code for answer in answers} <= {400, 404, 415}
    return [answer.text for answer in answers]


def read_with_masked_key(stack: Stack) -> list[str]:
    scopes = ("payouts:read", "recipients:read", "events:read")
    asked = [word for scope in scopes for word in ("--scope", scope)]
    key = stack.manage("create_api_key", "Demo", "--name", "reader", *asked)
    with httpx.Client(
        base_url=stack.ready["url"], headers={"Authorization": f"Bearer {key}"}, trust_env=False
    ) as http:
        pages = [
            http.get("/api/payouts/", params={"page_size": 100}),
            http.get("/api/recipients/", params={"page_size": 100}),
        ]
        payouts = pages[0].json()["results"]
        pages += [http.get(f"/api/payouts/{payout['id']}/events/") for payout in payouts[:10]]
    assert {page.status_code for page in pages} == {200}
    return [page.text for page in pages]


def find_in(places: dict[str, bytes], texts: list[str]) -> list[tuple[str, str]]:
    return [
        (place, text)
        for place, content in places.items()
        for text in texts
        if any(spelling in content for spelling in spellings_of(text))
    ]


def secrets_of(stack: Stack) -> list[str]:
    made: dict[str, str] = json.loads((stack.home / "secrets.json").read_text())
    # The administrator's password is shown to whoever starts the stack.
    kept = [secret for name, secret in made.items() if name != "admin_password"]
    return [*kept, made["field_encryption_keys"].rpartition(":")[2]]
