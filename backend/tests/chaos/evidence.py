"""What the checker judges by: plain values that were seen from outside, and so can be made up in tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import Call, Json

_PEOPLE = ("api-key:", "operator:", "shell")
_SETTLED = frozenset({"COMPLETED", "FAILED"})


@dataclass(frozen=True)
class Entry:
    """One event of a payout's history; `status` and `stage` are those after it."""

    type: str
    actor: str
    status: str
    stage: str
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None

    @classmethod
    def read(cls, event: Json) -> Entry:
        data, at = event["data"], datetime.fromisoformat(event["occurred_at"])
        return cls(event["type"], event["actor"], data.get("status", ""), data.get("stage", ""), data, at)

    @property
    def is_by_person(self) -> bool:
        return self.actor.startswith(_PEOPLE)

    def __str__(self) -> str:
        return f"{self.type} -> {self.status}/{self.stage} by {self.actor} {dict(self.data)}"


@dataclass(frozen=True)
class SeenPayout:
    """A payout as the API shows it to its tenant at the end, with its history, oldest first."""

    tenant: str
    shown: Json
    history: tuple[Entry, ...]

    @property
    def id(self) -> int:
        return int(self.shown["id"])

    @property
    def reference(self) -> str:
        return str(self.shown["reference"])

    @property
    def status(self) -> str:
        return str(self.shown["status"])

    @property
    def stage(self) -> str:
        return str(self.shown["stage"])

    @property
    def key(self) -> str:
        """The client writes its idempotency key into the metadata, because no answer shows it."""
        return str(self.shown["metadata"].get("client_key", ""))

    @property
    def is_taken_over(self) -> bool:
        """A person pays it: the bank has nothing to do with it."""
        return any(entry.type == "PayoutTakenOver" for entry in self.history)

    @property
    def is_settled_by_word(self) -> bool:
        """A person has said what became of a payment whose outcome was not known: no evidence is asked for."""
        return any(
            after.is_by_person and after.status in _SETTLED and before.stage in {"unknown", "needs_review"}
            for before, after in zip(self.history, self.history[1:], strict=False)
        )

    @property
    def is_returned_by_word(self) -> bool:
        return any(entry.type == "PayoutReturned" and entry.is_by_person for entry in self.history)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(str(entry) for entry in self.history)


@dataclass(frozen=True)
class Movement:
    """A line of the bank's own ledger: money that has moved."""

    key: str
    amount_minor: int
    currency: str
    account_number: str
    returned_at: str | None = None

    @property
    def reference(self) -> str:
        """The payout's; the rest of the key is the number of the attempt."""
        return self.key.rpartition("-")[0]


@dataclass(frozen=True)
class DeletionProbe:
    """A payout that a client deleted, asked for once more at the end, by its id and by its key."""

    tenant: str
    key: str
    payout_id: int
    detail_status: int
    repeat_status: int
    is_acknowledged: bool
    """Whether the client heard that the deletion worked."""

    @property
    def is_gone(self) -> bool:
        return self.detail_status == 404


@dataclass(frozen=True)
class Rest:
    """How long the service took to come to rest once the faults had stopped, and what had not by the bound."""

    seconds: float
    stuck: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogFind:
    """Something that no log may hold, found in one; `what` describes it without repeating it."""

    log: str
    what: str


@dataclass(frozen=True)
class Resources:
    """What the service holds at a moment: by process, with all its children, and in PostgreSQL."""

    descriptors: Mapping[str, int] = field(default_factory=dict)
    memory_bytes: Mapping[str, int] = field(default_factory=dict)
    connections: int = 0


@dataclass(frozen=True)
class Facts:
    accounts: tuple[Account, ...]
    payouts: tuple[SeenPayout, ...]
    movements: tuple[Movement, ...]
    calls: tuple[Call, ...]
    unlisted: frozenset[tuple[str, int]] = frozenset()
    """By tenant and id: payouts that are there when asked for by id, and in no list."""
    rest: Rest = Rest(0.0)
    unrelayed: int = 0
    """Events that the relay has not handed over, long after the last of them."""
    horizon_seconds: float = 0.0
    """How long the rail is asked before a person is called; 0 where the clock was moved."""
    deletions: tuple[DeletionProbe, ...] = ()
    log_finds: tuple[LogFind, ...] = ()
    before: Resources | None = None
    after: Resources | None = None

    @cached_property
    def movements_of(self) -> Mapping[str, tuple[Movement, ...]]:
        """The bank's movements by the reference of the payout."""
        found: dict[str, list[Movement]] = {}
        for movement in self.movements:
            found.setdefault(movement.reference, []).append(movement)
        return {reference: tuple(movements) for reference, movements in found.items()}

    @cached_property
    def payout_by_id(self) -> Mapping[tuple[str, int], SeenPayout]:
        return {(payout.tenant, payout.id): payout for payout in self.payouts}

    @cached_property
    def payout_by_reference(self) -> Mapping[str, SeenPayout]:
        return {payout.reference: payout for payout in self.payouts}

    @cached_property
    def deleted_ids(self) -> frozenset[tuple[str, int]]:
        """What is hidden because its tenant deleted it, acknowledged or not."""
        return frozenset((probe.tenant, probe.payout_id) for probe in self.deletions if probe.is_gone)
