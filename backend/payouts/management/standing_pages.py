"""The standing of the service as programs and as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ages import age_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from heartbeats.signs_of_life import SignOfLife
    from payouts.domain.standing import Concern, Standing, Waiting


def as_json(standing: Standing, concerns: Sequence[Concern]) -> dict[str, Any]:
    """Ages are in seconds, and null when nothing waits."""
    return {
        "is_well": not concerns,
        "concerns": [{"code": concern.code, "detail": concern.detail} for concern in concerns],
        "heartbeats": [_sign_as_json(sign) for sign in standing.heartbeats],
        "markers": _waiting_as_json(standing.markers),
        "by_stage": {stage.value: _waiting_as_json(waiting) for stage, waiting in standing.by_stage.items()},
        "needs_review": _waiting_as_json(standing.needs_review),
        "paid_by_people": _waiting_as_json(standing.paid_by_people),
        "unknown": _waiting_as_json(standing.unknown),
        "due": {rail: _waiting_as_json(waiting) for rail, waiting in standing.due.items()},
        "expired_leases": _waiting_as_json(standing.expired_leases),
        "held": _waiting_as_json(standing.held),
        "not_asked_about": _waiting_as_json(standing.not_asked_about),
    }


def _sign_as_json(sign: SignOfLife) -> dict[str, Any]:
    return {
        "role": sign.role.value,
        "instance": sign.instance,
        "first_beat_at": sign.first_beat_at.isoformat(),
        "age_seconds": _seconds(sign.age),
        "is_late": sign.is_late,
    }


def _waiting_as_json(waiting: Waiting) -> dict[str, Any]:
    age = waiting.oldest_age
    return {"count": waiting.count, "oldest_age_seconds": None if age is None else _seconds(age)}


def as_text(standing: Standing, concerns: Sequence[Concern]) -> str:
    """What needs attention comes first; then a table of who works, and one of what waits."""
    verdict = [f"{concern.detail} ({concern.code})" for concern in concerns] or ["All is well."]
    works = [(sign.role.value, sign.instance, _sign_as_text(sign)) for sign in standing.heartbeats]
    waits = [
        (name, str(waiting.count), age_in_words(waiting.oldest_age)) for name, waiting in _waits(standing)
    ]
    return "\n".join(
        [
            *verdict,
            "",
            *_table(("who works", "", "last sign"), works),
            "",
            *_table(("what waits", "count", "oldest"), waits),
        ]
    )


def _waits(standing: Standing) -> Iterable[tuple[str, Waiting]]:
    yield "events for the relay", standing.markers
    for rail, waiting in standing.due.items():
        yield f"due on {rail}", waiting
    yield "expired leases", standing.expired_leases
    yield "held after a restore", standing.held
    yield "not asked about", standing.not_asked_about
    yield "a person's decision", standing.needs_review
    yield "people to pay them", standing.paid_by_people
    for stage, waiting in standing.by_stage.items():
        yield f"payouts in {stage.value}", waiting


def _sign_as_text(sign: SignOfLife) -> str:
    return f"{age_in_words(sign.age)} ago{', late' if sign.is_late else ''}"


def _seconds(age: timedelta) -> float:
    return round(age.total_seconds(), 1)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
