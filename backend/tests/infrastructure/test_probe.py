from __future__ import annotations

from threading import Event
from time import monotonic

import pytest

from infrastructure.probe import Probe

DEADLINE_SECONDS = 0.05
FAR_TOO_LONG_SECONDS = 5.0


class Outage(Exception):  # noqa: N818  named for what it stands for
    pass


def test_it_says_up_when_the_dependency_answers() -> None:
    assert Probe("sound", lambda: None, failures=(Outage,)).ask().is_up(FAR_TOO_LONG_SECONDS)


def test_it_says_down_when_the_dependency_refuses() -> None:
    def refuse() -> None:
        raise Outage

    assert not Probe("refusing", refuse, failures=(Outage,)).ask().is_up(FAR_TOO_LONG_SECONDS)


def test_it_says_down_in_time_when_the_dependency_hangs() -> None:
    let_go = Event()
    probe = Probe("hanging", lambda: _wait(let_go), failures=(Outage,))
    started = monotonic()
    assert not probe.ask().is_up(DEADLINE_SECONDS)
    assert monotonic() - started < FAR_TOO_LONG_SECONDS
    let_go.set()


def test_it_asks_once_however_many_wait() -> None:
    let_go, asked = Event(), []

    def count() -> None:
        asked.append(1)
        _wait(let_go)

    probe = Probe("shared", count, failures=(Outage,))
    questions = [probe.ask() for _ in range(5)]
    let_go.set()
    assert all(question.is_up(FAR_TOO_LONG_SECONDS) for question in questions)
    assert len(asked) == 1


def test_it_asks_again_after_an_answer() -> None:
    asked: list[int] = []
    probe = Probe("repeated", lambda: asked.append(1), failures=(Outage,))
    assert probe.ask().is_up(FAR_TOO_LONG_SECONDS)
    assert probe.ask().is_up(FAR_TOO_LONG_SECONDS)
    assert len(asked) == 2


def test_it_hands_on_what_is_no_outage() -> None:
    def break_down() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        Probe("broken", break_down, failures=(Outage,)).ask().is_up(FAR_TOO_LONG_SECONDS)


def _wait(let_go: Event) -> None:
    let_go.wait(FAR_TOO_LONG_SECONDS)
