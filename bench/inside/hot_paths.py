"""What the service does most: each by the code that does it, and with what it meets at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from rest_framework.test import APIClient

from access.application.create_api_key import create_api_key
from access.scopes import EVERY_SCOPE
from bench.inside import repositories
from core.actor import rail_actor
from core.event_bus import EventBus
from database.clock import database_now
from events.relay import relay_events
from events.selectors import measure_markers
from infrastructure.payouts.cache import bump_list_version
from payouts.api.pagination import Cursor, CursorSigner, Direction
from payouts.api.query_parameters import read_payout_list_query
from payouts.application.claim_payouts import claim_payouts
from payouts.application.expire_leases import expire_leases
from payouts.application.inquire_attempts import inquire_attempts
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.events import PayoutEvent
from payouts.domain.rail import Completed
from payouts.domain.status import Authority
from payouts.rails import get_rail
from payouts.repositories.payouts import is_any_payout_due
from payouts.selectors import report_standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.http import HttpResponse

    from access.models import Organization
    from core.event_bus import RecordedEvent
    from payouts.application.claim_payouts import ClaimedBatch

FEW = 5
# In events: many times what the relay takes at once.
_FAR_BEHIND = 15_000
_ALL: Mapping[str, object] = {}


def _nothing() -> None:
    """Everything is there already."""


@dataclass(frozen=True)
class HotPath:
    """`prepare` puts there what `ask` works on. Both write: to be undone afterwards."""

    name: str
    ask: Callable[[], object]
    prepare: Callable[[], object] = _nothing


class HotPaths:
    """Of an organization with demo data, as it is now. Must be made inside a transaction.

    `many`: how much waits at once when much does; `deep`: how many payouts are before page 1,000.
    """

    def __init__(self, organization: Organization, *, many: int, deep: int) -> None:
        self._organization, self._many = organization, many
        self._rail = get_rail("sandbox")
        self._recipient = repositories.active_recipient(organization.pk, place=2)
        self._payout = repositories.payout_of(organization.pk, place=deep)
        self._client = _client_of(organization)
        self._batch: ClaimedBatch | None = None

    def all(self) -> Iterator[HotPath]:
        """What others have undone is still looked at for a while: first those that find nothing."""
        yield from self._idle_sweeps()
        yield from self._of_clients()
        yield from self._lists()
        yield from self._of_the_engine()
        yield from self._of_the_relay()
        yield from self._sweeps()

    def _of_clients(self) -> Iterator[HotPath]:
        yield HotPath("create", self._create)
        yield HotPath("replay", self._create, self._create)
        yield HotPath("detail", lambda: self._get(f"{self._payout.pk}/"))
        yield HotPath("events-of-a-payout", lambda: self._get(f"{self._payout.pk}/events/"))

    def _lists(self) -> Iterator[HotPath]:
        payout, day = self._payout, timedelta(days=1)
        yield self._list("first-page")
        yield self._list("page-1000", is_deep=True)
        yield self._list("status", {"status": "COMPLETED"})
        yield self._list("status-rare", {"status": "RETURNED"})
        yield self._list("status-rare-page-10", {"status": "FAILED"}, is_deep=True)
        yield self._list("statuses", {"status": ["NEW", "PROCESSING"]})
        yield self._list("stage", {"stage": "confirmed"})
        yield self._list("stage-open", {"stage": "needs_review"})
        yield self._list("recipient", {"recipient_id": self._recipient.pk})
        yield self._list("recipient-and-status", {"recipient_id": self._recipient.pk, "status": "FAILED"})
        yield self._list("currency", {"currency": "EUR"})
        yield self._list("currency-rare", {"currency": "KWD"})
        yield self._list("idempotency-key", {"idempotency_key": payout.idempotency_key})
        yield self._list("reference", {"reference": payout.reference})
        times = {"created_from": payout.created_at - day, "created_to": payout.created_at}
        yield self._list("a-day", {name: at.isoformat() for name, at in times.items()})
        yield self._list("amount", {"amount_from": "100", "amount_to": "200"})
        yield self._list("metadata", {"metadata[campaign]": "autumn"})

    def _of_the_engine(self) -> Iterator[HotPath]:
        yield HotPath("claim-few", self._claim, partial(self._add_due, FEW))
        yield HotPath("claim-many", self._claim, partial(self._add_due, self._many))
        yield HotPath("claim-retries", self._claim, lambda: repositories.make_retries_due(at=database_now()))
        yield HotPath("record", self._record, self._claim_due)
        yield HotPath("callback", lambda: self._record_completed([f"{self._payout.reference}-1"]))

    def _of_the_relay(self) -> Iterator[HotPath]:
        yield HotPath("relay", partial(relay_events, EventBus()), partial(self._add_due, FEW))
        yield HotPath("relay-far-behind", partial(relay_events, EventBus()), self._fall_behind)
        yield HotPath("relay-delays", partial(relay_events, _failing_bus()), partial(self._add_due, FEW))

    def _idle_sweeps(self) -> Iterator[HotPath]:
        yield HotPath("sweep-nothing-due", self._is_any_due)
        yield HotPath("sweep-leases", self._expire_leases)
        yield HotPath("watch-relay", measure_markers)

    def _sweeps(self) -> Iterator[HotPath]:
        yield HotPath("sweep-much-due", self._is_any_due, partial(self._add_due, self._many))
        yield HotPath("expire-leases", self._expire_leases, self._end_leases)
        yield HotPath("inquire", self._inquire, self._make_inquiries_due)
        yield HotPath("watch-relay-far-behind", measure_markers, self._fall_behind)
        yield HotPath("metrics-standing", report_standing, partial(self._add_due, self._many))

    def _create(self) -> None:
        body = {"recipient_id": self._recipient.pk, "amount": "10.00", "currency": "USD"}
        answer = self._client.post("/api/payouts/", body | {"idempotency_key": "hot-path"}, format="json")
        _ensure_answered(answer)

    def _list(self, name: str, query: Mapping[str, object] = _ALL, *, is_deep: bool = False) -> HotPath:
        """Without the cache."""
        cursor = {"cursor": self._cursor(query)} if is_deep else {}
        sent = urlencode({**query, **cursor}, doseq=True)
        forget = partial(bump_list_version, self._organization.pk)
        return HotPath(f"list-{name}", lambda: self._get(f"?{sent}"), forget)

    def _cursor(self, query: Mapping[str, object]) -> str:
        canonical = read_payout_list_query(_as_sent(query)).canonical
        signer = CursorSigner("payouts", self._organization.pk, canonical)
        return str(signer.write(Cursor(Direction.NEXT, self._payout.pk)))

    def _get(self, path: str) -> None:
        _ensure_answered(self._client.get(f"/api/payouts/{path}"))

    def _add_due(self, count: int) -> None:
        repositories.add_payouts(count, "hot-path", self._recipient.pk)

    def _fall_behind(self) -> None:
        repositories.mark_events_again(self._organization.pk, count=_FAR_BEHIND)

    def _claim(self) -> None:
        self._batch = claim_payouts(self._rail)

    def _claim_due(self) -> None:
        self._add_due(self._many)
        self._claim()

    def _record(self) -> None:
        orders = self._batch.orders if self._batch else ()
        self._record_completed([each.order.rail_key for each in orders])

    def _record_completed(self, rail_keys: Sequence[str]) -> None:
        record_outcomes(
            rail=self._rail,
            answers=[Answer(key, Completed(f"HOT-{key}", {"reply": "executed"})) for key in rail_keys],
            authority=Authority.RAIL,
            actor=rail_actor(self._rail.code),
            now=database_now(),
        )

    def _end_leases(self) -> None:
        repositories.let_leases_run_out(at=database_now() - timedelta(seconds=1))

    def _make_inquiries_due(self) -> None:
        repositories.make_inquiries_due(at=database_now(), ago=timedelta(minutes=5))

    def _is_any_due(self) -> None:
        is_any_payout_due(rail=self._rail.code, now=database_now())

    def _expire_leases(self) -> None:
        expire_leases(now=database_now())

    def _inquire(self) -> None:
        inquire_attempts(rail=self._rail, now=database_now())


class NotAnswered(Exception):  # noqa: N818  a fact about the answer
    """A hot path that fails is none, and its plans tell nothing."""


def _client_of(organization: Organization) -> APIClient:
    token = create_api_key(
        organization=organization,
        name="hot paths",
        scopes=EVERY_SCOPE,
        grantable=EVERY_SCOPE,
        actor="benchmark",
        now=timezone.now(),
    )
    client = APIClient(headers={"host": "localhost"})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.reveal()}")
    return client


def _ensure_answered(answer: HttpResponse) -> None:
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise NotAnswered(answer.content.decode())


def _as_sent(query: Mapping[str, object]) -> QueryDict:
    return QueryDict(urlencode(query, doseq=True))


def _failing_bus() -> EventBus:
    def fail(_events: Sequence[RecordedEvent]) -> None:
        raise ConnectionError("nobody is there")

    bus = EventBus()
    bus.subscribe(fail, PayoutEvent.CREATED)
    return bus
