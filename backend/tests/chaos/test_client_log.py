from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.chaos.client_log import ClientLog, Kind, Result, percentile
from tests.chaos.made_up import a_call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *[(200, Result.OK), (201, Result.OK), (204, Result.OK)],
        *[(400, Result.REFUSED), (404, Result.REFUSED), (429, Result.REFUSED)],
        *[(500, Result.UNKNOWN), (503, Result.UNKNOWN), (302, Result.UNKNOWN), (None, Result.UNKNOWN)],
    ],
)
def test_it_tells_what_may_have_worked_from_what_has_not(status: int | None, result: Result) -> None:
    assert a_call(Kind.CREATE, status).result is result


def test_it_keeps_what_happened_and_writes_it_down(tmp_path: Path) -> None:
    log = ClientLog(tmp_path / "clients.jsonl")
    calls = [a_call(Kind.CREATE, 201, started_at=float(moment), key=f"key-{moment}") for moment in range(4)]
    for call in calls:
        log.add(call)

    assert log.calls == tuple(calls)
    assert log.between(1.0, 2.0) == (calls[1], calls[2])
    lines = [json.loads(line) for line in (tmp_path / "clients.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["key"], line["result"]) for line in lines] == [
        ("create", f"key-{moment}", "ok") for moment in range(4)
    ]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 2.0), (0.51, 3.0), (0.75, 3.0), (0.99, 4.0), (1.0, 4.0)]
)
def test_it_takes_the_smallest_value_that_reaches_the_share(share: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected
    assert percentile([], share) == 0.0
