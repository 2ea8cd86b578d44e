"""Collects, once the faults have stopped, what can be seen from outside: the API, the bank, the logs."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx

from tests.chaos.accounts import client_of
from tests.chaos.client_log import Kind, Result, creates
from tests.chaos.evidence import DeletionProbe, Entry, Facts, LogFind, Movement, Rest, SeenPayout
from tests.chaos.invariants.histories import is_open
from tests.chaos.invariants.violation import name_of
from tests.stores import spellings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import ClientLog, Json
    from tests.chaos.evidence import Resources

_PAGE_SIZE = 100
_READERS = 4
_POLL_SECONDS = 0.5
# The bank returns what it executes for this payee: it has not come to rest before.
_RETURNED_SUFFIX = "0005"


def gather_facts(
    *,
    url: str,
    bank_url: str,
    accounts: Sequence[Account],
    log: ClientLog,
    rest: Rest,
    logs: Iterable[Path] = (),
    secrets: Collection[str] = (),
    before: Resources | None = None,
    after: Resources | None = None,
) -> Facts:
    """Everything the checker wants to know. `accounts` must name every tenant that pays at this bank.

    `logs`, and dumps of what is stored, are searched for the secrets, the API keys and the payees' account
    numbers.
    """
    listed = {account.name: set(_list_ids(url, account)) for account in accounts}
    acknowledged = {account.name: _acknowledged_ids(account, log) for account in accounts}
    payouts = [
        payout
        for account in accounts
        for payout in _see_payouts(url, account, listed[account.name] | acknowledged[account.name])
    ]
    return Facts(
        accounts=tuple(accounts),
        payouts=tuple(payouts),
        unlisted=frozenset(
            (payout.tenant, payout.id) for payout in payouts if payout.id not in listed[payout.tenant]
        ),
        movements=tuple(read_ledger(bank_url)),
        calls=log.calls,
        rest=rest,
        deletions=tuple(probe for account in accounts for probe in _probe_deletions(url, account, log)),
        log_finds=tuple(search_logs(logs, _needles(accounts, secrets))),
        before=before,
        after=after,
    )


def wait_for_rest(*, url: str, accounts: Sequence[Account], bound_seconds: float) -> Rest:
    """Returns when every payout is final, waits for a person or is paid by one, or when the bound is over."""
    started, by_hand = time.monotonic(), dict[int, bool]()
    while True:
        stuck = _list_stuck(url, accounts, by_hand)
        seconds = time.monotonic() - started
        if not stuck or seconds > bound_seconds:
            return Rest(seconds, tuple(stuck))
        time.sleep(_POLL_SECONDS)


def _list_stuck(url: str, accounts: Sequence[Account], by_hand: dict[int, bool]) -> list[str]:
    """`by_hand` keeps what is known of who pays: what has left NEW is taken over no more."""
    stuck = []
    for account in accounts:
        try:
            with client_of(url, account.api_key) as http:
                stuck += [_name(account, payout) for payout in _open_payouts(http, account, by_hand)]
        except httpx.HTTPError as error:
            stuck.append(f"the service, towards {account.name}: {type(error).__name__}: {error}")
    return stuck


def _name(account: Account, payout: Json) -> str:
    return name_of(payout["id"], payout["reference"], account.name)


def _open_payouts(http: httpx.Client, account: Account, by_hand: dict[int, bool]) -> Iterator[Json]:
    for payout in _pages(http, "/api/payouts/?status=NEW&status=PROCESSING"):
        if is_open(payout["status"], payout["stage"]) and not _is_by_hand(http, payout, by_hand):
            yield payout
    for payee in account.payees:
        if payee.account_number.endswith(_RETURNED_SUFFIX):
            for payout in _pages(http, f"/api/payouts/?status=COMPLETED&recipient_id={payee.recipient_id}"):
                if not _is_by_hand(http, payout, by_hand):
                    yield payout


def _is_by_hand(http: httpx.Client, payout: Json, by_hand: dict[int, bool]) -> bool:
    if payout["status"] == "NEW":
        return False
    if payout["id"] not in by_hand:
        seen = _see(http, "", payout)
        by_hand[payout["id"]] = seen.is_taken_over or seen.is_settled_by_word
    return by_hand[payout["id"]]


def _list_ids(url: str, account: Account) -> Iterator[int]:
    with client_of(url, account.api_key) as http:
        for payout in _pages(http, "/api/payouts/"):
            yield payout["id"]


def _acknowledged_ids(account: Account, log: ClientLog) -> set[int]:
    return {
        call.payout_id
        for call in creates(log.calls)
        if call.tenant == account.name and call.result is Result.OK and call.payout_id is not None
    }


def _see_payouts(url: str, account: Account, ids: Iterable[int]) -> list[SeenPayout]:
    """Those that are there. Asked for one by one: pages of a list may come from a cache."""
    with client_of(url, account.api_key) as http, ThreadPoolExecutor(_READERS) as readers:
        seen = readers.map(lambda payout_id: _find(http, account.name, payout_id), sorted(ids))
        return [payout for payout in seen if payout is not None]


def _find(http: httpx.Client, tenant: str, payout_id: int) -> SeenPayout | None:
    answer = http.get(f"/api/payouts/{payout_id}/")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    return _see(http, tenant, answer.raise_for_status().json())


def _see(http: httpx.Client, tenant: str, payout: Json) -> SeenPayout:
    events = _pages(http, f"/api/payouts/{payout['id']}/events/")
    return SeenPayout(tenant, payout, tuple(Entry.read(event) for event in events))


def _pages(http: httpx.Client, path: str) -> Iterator[Json]:
    """Everything on all pages of a list."""
    joint = "&" if "?" in path else "?"
    url: str | None = f"{path}{joint}page_size={_PAGE_SIZE}"
    while url:
        page = http.get(url).raise_for_status().json()
        yield from page["results"]
        url = page["next"]


def read_ledger(bank_url: str) -> Iterator[Movement]:
    answer = httpx.get(f"{bank_url}/ledger", trust_env=False, timeout=30).raise_for_status()
    for line in answer.text.splitlines():
        movement = json.loads(line)
        yield Movement(
            key=movement["key"],
            amount_minor=movement["amount_minor"],
            currency=movement["currency"],
            account_number=movement["account_number"],
            returned_at=movement["returned_at"],
        )


def _probe_deletions(url: str, account: Account, log: ClientLog) -> Iterator[DeletionProbe]:
    """Ask once more, by id and by key, for what a client has deleted or may have."""
    requests = {
        call.payout_id: call
        for call in creates(log.calls)
        if call.tenant == account.name and call.result is Result.OK
    }
    with client_of(url, account.api_key) as http:
        for call in log.calls:
            is_ours = call.tenant == account.name and call.kind is Kind.DELETE
            if is_ours and call.result is not Result.REFUSED and call.payout_id in requests:
                request = requests[call.payout_id]
                detail = http.get(f"/api/payouts/{call.payout_id}/").status_code
                body = {**request.body, "idempotency_key": request.key}
                # Only of what is gone: otherwise it is a mere repeat.
                repeat = (
                    http.post("/api/payouts/", json=body).status_code
                    if detail == httpx.codes.NOT_FOUND
                    else 0
                )
                is_acknowledged = call.result is Result.OK
                yield DeletionProbe(
                    account.name, request.key, call.payout_id or 0, detail, repeat, is_acknowledged
                )


def _needles(accounts: Iterable[Account], secrets: Collection[str]) -> Mapping[str, str]:
    """What no log may hold, with words for it that may be repeated."""
    # A server without a password has an empty one.
    needles: dict[str, str] = dict.fromkeys(filter(None, secrets), "a secret of the service")
    for account in accounts:
        needles |= {key: "an API key" for key in (account.api_key, account.reader_key) if key}
        needles |= {payee.account_number: f"the account number of {payee.name}" for payee in account.payees}
    return needles


def search_logs(logs: Iterable[Path], needles: Mapping[str, str]) -> Iterator[LogFind]:
    """Look for texts in files; `needles` gives for each text what a find is called."""
    for path in logs:
        content = path.read_bytes()
        for needle, what in needles.items():
            if any(spelling in content for spelling in spellings_of(needle)):
                yield LogFind(path.name, what)
