"""Faults planted in a copy of the service, each of which the harness must find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Change:
    """In the file, this text (which must be there, once) becomes that."""

    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Plant:
    name: str
    changes: Sequence[Change]
    faults: str
    """The rows of the matrix that are to find it."""
    symptom: str
    """What the run must say then."""


def plant(backend: Path, changes: Sequence[Change]) -> None:
    for change in changes:
        path = backend / change.file
        text = path.read_text()
        assert text.count(change.before) == 1, f"{change.file} has changed: the plant must follow it"
        path.write_text(text.replace(change.before, change.after))


PLANTS: Mapping[str, Plant] = {
    each.name: each
    for each in (
        Plant(
            "fence-of-writing",
            [
                Change(
                    "payouts/application/record_outcomes.py",
                    "    return attempt.state == AttemptState.SENDING.value and attempt.fence == answer.fence\n",
                    "    return True\n",
                )
            ],
            faults="worker-late",
            symptom="worker-late: stale writes",
        ),
        Plant(
            "fence-of-sending",
            [
                Change(
                    "payouts/application/process_payouts.py",
                    "    if monotonic() - held_since >= rail.timing.lease.total_seconds() / 2:\n",
                    "    if monotonic() - held_since >= 1_000_000:\n",
                ),
                Change(
                    "infrastructure/payouts/rails/sandbox.py",
                    '        "valid_until": valid_until.timestamp(),\n',
                    '        "valid_until": valid_until.timestamp() + 1_000_000,\n',
                ),
            ],
            faults="worker-sends-late",
            symptom="I1 ",
        ),
        Plant(
            "settle-window",
            [
                Change(
                    "payouts/domain/outcomes.py",
                    "    return situation.now >= situation.unknown_since + timing.settle_window\n",
                    "    return True\n",
                )
            ],
            faults="bank-lands-late",
            symptom="I1 ",
        ),
        Plant(
            "stable-rail-key",
            [
                Change(
                    "payouts/domain/attempt.py",
                    '    return f"{reference}-{attempt_number}"\n',
                    "    import secrets\n\n"
                    '    return f"{reference}-{attempt_number}{secrets.token_hex(2)}"\n',
                )
            ],
            faults="worker-child-killed",
            symptom="I1 ",
        ),
        Plant(
            "outbox",
            [
                Change(
                    "payouts/application/create_payout.py",
                    "    record_events([payout_event(payout, PayoutEvent.CREATED, actor=payout.created_by)])\n"
                    "    return True\n",
                    "    return True\n\n\n"
                    '@in_transaction("tell_of_payout")\n'
                    "def _tell(payout: Payout) -> None:\n"
                    "    record_events([payout_event(payout, PayoutEvent.CREATED, actor=payout.created_by)])\n",
                ),
                Change(
                    "payouts/application/create_payout.py",
                    "    if _add_with_event(payout):\n",
                    "    if _add_with_event(payout):\n        _tell(payout)\n",
                ),
            ],
            faults="creates-killed",
            symptom="I6 ",
        ),
    )
}
