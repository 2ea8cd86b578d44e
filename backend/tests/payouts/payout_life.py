"""What must hold at any moment of a payout's life, read from the database and from the bank's own ledger."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db import connection

from database.encryption import keyring
from payouts.domain.attempt import ATTEMPT_MOVES, AttemptState
from payouts.domain.rail import Returned
from payouts.domain.status import Authority, Status, is_move_allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.payouts.model_bank import ModelBank

Row = dict[str, Any]

PERSON = "api-key:test"
_AUTHORITIES = {
    "engine": Authority.ENGINE,
    "rail:model": Authority.RAIL,
    PERSON: Authority.OPERATOR,
}
_WORDS_OF_A_PERSON = {"PayoutTakenOver", "PayoutCompleted", "PayoutFailed", "PayoutReturned"}
# Written out, so that a mistake in the rules' own list is seen.
_LIVE = {"sending", "not_sent", "accepted", "unknown", "needs_review"}
_WAITING = {"ready", "retry_wait"}
_CONTENT = (
    *("organization_id", "reference", "end_to_end_id", "uetr", "recipient_id", "amount_minor", "currency"),
    *("idempotency_key", "request_fingerprint", "recipient_name_snapshot"),
    "account_number_snapshot_encrypted",
    *("bank_code_snapshot", "country_snapshot", "metadata", "created_by", "created_at"),
)
# By hand, since they are read at every step.
_BOOKS = (
    "SELECT * FROM payouts_payout ORDER BY id",
    "SELECT * FROM payouts_payoutattempt ORDER BY number",
    """
    SELECT event.*, event.data->>'status' AS status, event.data->>'stage' AS stage, marker.event_id AS marker
    FROM events_event AS event LEFT JOIN events_pendingevent AS marker ON marker.event_id = event.id
    WHERE event.subject_type = 'payout' ORDER BY event.id
    """,
)


@dataclass(frozen=True)
class Books:
    """All rows of all payouts, attempts and events by their ids, as they were at one moment."""

    payouts: Mapping[int, Row]
    attempts: Mapping[int, Row]
    events: Mapping[int, Row]

    @cached_property
    def noteworthy(self) -> frozenset[tuple[int, str]]:
        """Which attempts are not a payout's first, and which were claimed more than once."""
        later = {
            (attempt["id"], "tried again") for attempt in self.attempts.values() if attempt["number"] > 1
        }
        again = {
            (attempt["id"], "claimed again") for attempt in self.attempts.values() if attempt["fence"] > 1
        }
        return frozenset(later | again)

    def last_attempt_of(self, payout_id: int) -> Row | None:
        made = [attempt for attempt in self.attempts.values() if attempt["payout_id"] == payout_id]
        return max(made, key=itemgetter("number"), default=None)

    def attempts_that_are(self, *states: str) -> list[Row]:
        return [attempt for attempt in self.attempts.values() if attempt["state"] in states]


def read_books() -> Books:
    return Books(*(_read(statement) for statement in _BOOKS))


def _read(statement: str) -> dict[int, Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return {row["id"]: row for row in rows}


@dataclass(frozen=True)
class Life:
    """One payout, its attempts, its events, and the bank that may have paid it."""

    payout: Row
    attempts: list[Row]
    events: list[Row]
    bank: ModelBank
    is_in_flight: bool
    """Whether an order of it is under way that can still be executed."""

    @cached_property
    def is_settled_by_a_person(self) -> bool:
        return any(event["actor"] == PERSON and event["type"] in _WORDS_OF_A_PERSON for event in self.events)

    @cached_property
    def executions(self) -> int:
        return sum(order.reference == self.payout["reference"] for order in self.bank.ledger)

    @cached_property
    def is_given_back(self) -> bool:
        given_back = self.bank.transfers_that(Returned)
        return any(transfer.order.reference == self.payout["reference"] for transfer in given_back)

    @cached_property
    def times_sent(self) -> int:
        return sum(self.bank.sent[attempt["rail_key"]] for attempt in self.attempts)


def ensure_all_is_well(before: Books, after: Books, bank: ModelBank) -> None:
    """Raises AssertionError; `before` and `after` are one step apart."""
    for life in _lives(after, bank):
        for rule in _RULES:
            rule(life)
    _ensure_nothing_is_rewritten(before, after)
    _ensure_the_bank_got_what_was_asked_for(after, bank)


def ensure_all_is_at_rest(books: Books, bank: ModelBank) -> None:
    """Raises AssertionError unless each payout has its end, or waits for a person."""
    for life in _lives(books, bank):
        it_is_at_rest(life)
        if not life.is_settled_by_a_person and life.payout["stage"] != "needs_review":
            assert (life.payout["status"] in {"COMPLETED", "RETURNED"}) is (life.executions == 1)


def _lives(books: Books, bank: ModelBank) -> list[Life]:
    attempts: dict[int, list[Row]] = {payout_id: [] for payout_id in books.payouts}
    events: dict[int, list[Row]] = {payout_id: [] for payout_id in books.payouts}
    for attempt in books.attempts.values():
        attempts[attempt["payout_id"]].append(attempt)
    for event in books.events.values():
        events[event["subject_id"]].append(event)
    in_flight = bank.references_in_flight()
    return [
        Life(payout, attempts[payout_id], events[payout_id], bank, payout["reference"] in in_flight)
        for payout_id, payout in books.payouts.items()
    ]


def it_is_at_rest(life: Life) -> None:
    payout = life.payout
    if payout["deleted_at"] is None and payout["rail"] == life.bank.code:
        is_final = payout["status"] in {"COMPLETED", "RETURNED", "FAILED", "CANCELED"}
        assert is_final or payout["stage"] in {"on_hold", "needs_review"}


def its_money_moves_once_at_most(life: Life) -> None:
    assert life.executions <= 1


def no_instruction_of_it_leaves_twice(life: Life) -> None:
    assert all(life.bank.sent[attempt["rail_key"]] <= 1 for attempt in life.attempts)


def its_end_is_what_the_bank_did(life: Life) -> None:
    match life.payout["status"]:
        case "NEW" | "CANCELED":
            assert not life.times_sent
        case "COMPLETED":
            assert life.executions or life.is_settled_by_a_person
        case "RETURNED":
            assert life.is_given_back or life.is_settled_by_a_person
        case "FAILED":
            assert not (life.executions or life.is_in_flight) or life.is_settled_by_a_person


def it_is_due_exactly_while_it_waits_and_only_if_nothing_can_have_paid_it(life: Life) -> None:
    is_waiting = life.payout["stage"] in _WAITING and life.payout["deleted_at"] is None
    assert (life.payout["next_run_at"] is not None) is is_waiting
    assert not (is_waiting and (life.executions or life.is_in_flight))


def it_has_one_live_attempt_at_most_and_none_once_it_has_ended(life: Life) -> None:
    live = [attempt for attempt in life.attempts if attempt["state"] in _LIVE]
    assert len(live) <= (1 if life.payout["status"] == "PROCESSING" else 0)


def it_has_no_attempt_out_while_it_is_new_or_deleted(life: Life) -> None:
    if life.payout["status"] in {"NEW", "CANCELED"} or life.payout["deleted_at"] is not None:
        assert not life.attempts


def its_attempts_are_counted_and_keep_their_keys(life: Life) -> None:
    reference = life.payout["reference"]
    keys = [f"{reference}-{number}" for number in range(1, life.payout["attempts_made"] + 1)]
    assert [attempt["rail_key"] for attempt in life.attempts] == keys


def none_of_its_attempts_is_forgotten(life: Life) -> None:
    """Whatever is open is held by a worker, asked about, or in a person's hands."""
    for attempt in life.attempts:
        assert (attempt["state"] == "sending") is (attempt["lease_until"] is not None)
        if attempt["rail"] == life.bank.code:
            is_open = attempt["state"] in {"accepted", "unknown"}
            is_wanted = attempt["state"] == "needs_review" and attempt["inquiry_requested_by"] != ""
            assert (is_open or is_wanted) is (attempt["next_inquiry_at"] is not None)
            assert is_open or is_wanted or attempt["inquiry_requested_by"] == ""


def its_log_tells_a_lawful_story(life: Life) -> None:
    assert life.events[0]["type"] == "PayoutCreated"
    statuses = [Status(event["status"]) for event in life.events]
    for (current, target), event in zip(pairwise(statuses), life.events[1:], strict=True):
        authority = _AUTHORITIES[event["actor"]]
        assert current is target or is_move_allowed(current, target, by=authority)


def its_log_ends_with_its_state(life: Life) -> None:
    told = life.events[-1]
    assert (told["status"], told["stage"]) == (life.payout["status"], life.payout["stage"])


def each_of_its_events_has_a_marker(life: Life) -> None:
    assert all(event["marker"] == event["id"] for event in life.events)


_RULES = (
    its_money_moves_once_at_most,
    no_instruction_of_it_leaves_twice,
    its_end_is_what_the_bank_did,
    it_is_due_exactly_while_it_waits_and_only_if_nothing_can_have_paid_it,
    it_has_one_live_attempt_at_most_and_none_once_it_has_ended,
    it_has_no_attempt_out_while_it_is_new_or_deleted,
    its_attempts_are_counted_and_keep_their_keys,
    none_of_its_attempts_is_forgotten,
    its_log_tells_a_lawful_story,
    its_log_ends_with_its_state,
    each_of_its_events_has_a_marker,
)


def _ensure_nothing_is_rewritten(before: Books, after: Books) -> None:
    for payout_id, payout in before.payouts.items():
        now = after.payouts[payout_id]
        assert all(now[name] == payout[name] for name in _CONTENT)
        assert payout["deleted_at"] in {None, now["deleted_at"]}
    for attempt_id, attempt in before.attempts.items():
        _ensure_lawful_move(attempt, after.attempts[attempt_id])
    assert all(after.events[event_id] == event for event_id, event in before.events.items())


def _ensure_lawful_move(before: Row, after: Row) -> None:
    current, target = AttemptState(before["state"]), AttemptState(after["state"])
    assert current is target or target in ATTEMPT_MOVES[current]
    assert before["fence"] <= after["fence"]


def _ensure_the_bank_got_what_was_asked_for(books: Books, bank: ModelBank) -> None:
    asked_for = {payout["reference"]: payout for payout in books.payouts.values()}
    keys = {attempt["rail_key"] for attempt in books.attempts.values()}
    assert set(bank.sent) <= keys
    for order in bank.ledger:
        payout = asked_for[order.reference]
        assert (order.amount_minor, order.currency) == (payout["amount_minor"], payout["currency"])
        assert order.account_number == _account_number_of(payout)


def _account_number_of(payout: Row) -> str:
    column = "account_number_snapshot_encrypted"
    place = f"{payout['organization_id']}/payouts_payout/{column}/{payout['reference']}"
    return keyring().decrypt(bytes(payout[column]), place=place)


def may_a_person_move(books: Books, payout_id: int, target: str, *, has_reason: bool) -> bool:
    """What a person may do by ADR 12, told anew from the rows."""
    payout = books.payouts[payout_id]
    last = books.last_attempt_of(payout_id)
    if payout["deleted_at"] is not None:
        return False
    match payout["status"]:
        case "NEW":
            return target in {"PROCESSING", "FAILED", "CANCELED"}
        case "COMPLETED":
            return target == "RETURNED"
        case "PROCESSING" if last is not None and last["state"] in {"not_sent", "failed"}:
            return target == "FAILED"
        case "PROCESSING" if last is not None:
            is_open = last["state"] in {"unknown", "needs_review"} and has_reason
            return target in {"COMPLETED", "FAILED"} and (is_open or last["rail"] == "manual")
        case _:
            return False


def may_a_person_ask(last: Row) -> bool:
    """Whether the bank has more to tell of a payout's last attempt, and nobody has asked it yet."""
    is_open = last["state"] in {"accepted", "unknown", "needs_review"}
    return is_open and last["rail"] == "model" and not last["inquiry_requested_by"]
