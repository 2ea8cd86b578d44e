"""The tenants' side of a run: who pays, and whom, with account numbers that occur nowhere else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCRIPTED_SUFFIXES = tuple(f"{number:04}" for number in range(1, 14))
ORDINARY_SUFFIXES = ("7101", "7202", "7303", "7404")
CLIENT_TIMEOUT_SECONDS = 10.0


class Tenant(Protocol):
    """An organization and a key of it that has every scope."""

    @property
    def name(self) -> str: ...

    @property
    def api_key(self) -> str: ...


@dataclass(frozen=True)
class Payee:
    """A recipient as its tenant knows it, independent of what the service says later."""

    recipient_id: int
    name: str
    account_number: str = field(repr=False)

    @property
    def is_scripted(self) -> bool:
        """Whether the bank does something else than to execute at once."""
        return self.account_number[-4:] in SCRIPTED_SUFFIXES


@dataclass(frozen=True)
class Account:
    """A tenant with its payees; `reader_key` is a key without the right to full account numbers, or empty."""

    name: str
    api_key: str = field(repr=False)
    payees: tuple[Payee, ...]
    reader_key: str = field(default="", repr=False)

    @property
    def ordinary(self) -> tuple[Payee, ...]:
        return tuple(payee for payee in self.payees if not payee.is_scripted)

    @property
    def scripted(self) -> tuple[Payee, ...]:
        return tuple(payee for payee in self.payees if payee.is_scripted)


def open_accounts(
    url: str, tenants: Iterable[Tenant], run_name: str, reader_keys: Mapping[str, str] | None = None
) -> tuple[Account, ...]:
    """Make the payees of a run: for each tenant one for every script of the bank, and several ordinary.

    `reader_keys` may give keys by a tenant's name that lack the scope bank_details:read.
    """
    return tuple(
        Account(
            tenant.name,
            tenant.api_key,
            _add_payees(url, tenant, run_name),
            (reader_keys or {}).get(tenant.name, ""),
        )
        for tenant in tenants
    )


def client_of(url: str, api_key: str) -> httpx.Client:
    return httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=CLIENT_TIMEOUT_SECONDS,
        trust_env=False,
    )


def _add_payees(url: str, tenant: Tenant, run_name: str) -> tuple[Payee, ...]:
    # No country has these letters: the numbers are none that follow a standard.
    # Digits that no other tenant and no other run has: text with them in it can only be about this payee.
    marker = str(int(hashlib.sha256(f"{run_name}/{tenant.name}".encode()).hexdigest(), 16))[:14]
    suffixes: Sequence[str] = (*SCRIPTED_SUFFIXES, *ORDINARY_SUFFIXES)
    with client_of(url, tenant.api_key) as http:
        return tuple(
            _add_payee(http, name=f"Roe {marker} {suffix}", account_number=f"ZZ{marker}{suffix}")
            for suffix in suffixes
        )


def _add_payee(http: httpx.Client, *, name: str, account_number: str) -> Payee:
    body = {"type": "INDIVIDUAL", "name": name, "account_number": account_number}
    answer = http.post("/api/recipients/", json=body).raise_for_status()
    return Payee(int(answer.json()["id"]), name, account_number)
