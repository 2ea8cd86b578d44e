"""The standing of the service as figures with names and labels, in a form that JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.conf import settings

from heartbeats.signs_of_life import Role
from payouts.domain.standing import Waiting
from payouts.domain.status import OPEN_STATUSES, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from heartbeats.signs_of_life import SignOfLife
    from infrastructure.brokers.wake_ups import Broker
    from payouts.domain.standing import Standing

# Each start of a process is a row that is kept for a day; nobody looks at so many.
MOST_PROCESSES = 50

Sample = tuple[dict[str, str], float]


class Family(TypedDict):
    name: str
    words: str
    samples: list[Sample]


def figures_of(
    standing: Standing, *, broker: Broker | None, read_at: float, reading_seconds: float
) -> list[Family]:
    """No broker's figures while it is away. Nothing that waits is 0 of an age of 0."""
    return [
        *_open_payouts(standing),
        *_pair(
            "due",
            "Payouts whose time to be sent has come",
            {_rail(rail): due for rail, due in standing.due.items()},
        ),
        *_pair("markers", "Events that wait for the relay", {(): standing.markers}),
        *_pair("expired_leases", "Leases that ran out and were not given up", {(): standing.expired_leases}),
        *_pair("held", "Payouts of automatic rails without a time to be sent", {(): standing.held}),
        *_pair(
            "not_asked_about", "Open attempts of which nobody asks the rail", {(): standing.not_asked_about}
        ),
        *_heartbeats(standing.heartbeats),
        *_broker(broker),
        _family("payouts_standing_read_timestamp_seconds", "When this standing was read.", [({}, read_at)]),
        _family("payouts_standing_reading_seconds", "How long that took.", [({}, reading_seconds)]),
    ]


_Labels = tuple[tuple[str, str], ...]


def _family(name: str, words: str, samples: Iterable[Sample]) -> Family:
    return {"name": name, "words": words, "samples": list(samples)}


def _rail(rail: str) -> _Labels:
    return (("rail", rail),)


def _pair(name: str, words: str, waiting: Mapping[_Labels, Waiting]) -> Iterator[Family]:
    """How many wait, and for how long the oldest has."""
    yield _family(
        f"payouts_{name}", f"{words}.", [(dict(labels), each.count) for labels, each in waiting.items()]
    )
    yield _family(
        f"payouts_{name}_oldest_age_seconds",
        f"{words}: for how long the oldest has.",
        [(dict(labels), _seconds(each)) for labels, each in waiting.items()],
    )


def _seconds(waiting: Waiting) -> float:
    return 0.0 if waiting.oldest_age is None else waiting.oldest_age.total_seconds()


def _open_payouts(standing: Standing) -> Iterator[Family]:
    """Every open stage of every rail, also those in which there are none."""
    found = {(payouts.rail, payouts.stage): payouts.waiting for payouts in standing.open_payouts}
    rails = sorted({*settings.PAYOUTS_RAILS, *(rail for rail, _ in found)})
    waiting = {
        (*_rail(rail), ("status", status.value), ("stage", stage.value)): found.get((rail, stage), Waiting())
        for rail in rails
        for status in OPEN_STATUSES
        for stage in sorted(STAGES[status])
    }
    yield from _pair("open", "Payouts short of an end, by the age since they last moved", waiting)


def _heartbeats(signs: Iterable[SignOfLife]) -> Iterator[Family]:
    by_role = {role: sorted((s for s in signs if s.role is role), key=lambda s: s.age) for role in Role}
    yield _family(
        "payouts_processes_alive",
        "Processes whose last sign of life is young enough.",
        [({"role": role.value}, sum(not sign.is_late for sign in found)) for role, found in by_role.items()],
    )
    yield _family(
        "payouts_heartbeat_age_seconds",
        "Since a process last showed that it does its work; those that have ended are among them for a day.",
        [
            ({"role": role.value, "process": sign.instance}, sign.age.total_seconds())
            for role, found in by_role.items()
            for sign in found[:MOST_PROCESSES]
        ],
    )


def _broker(broker: Broker | None) -> Iterator[Family]:
    if broker is not None:
        samples: list[Sample] = [({"state": "waiting"}, broker.waiting)]
        if broker.in_work is not None:  # RabbitMQ does not tell
            samples.append(({"state": "in_work"}, broker.in_work))
        yield _family("payouts_broker_messages", "Wake-ups in the broker.", samples)
