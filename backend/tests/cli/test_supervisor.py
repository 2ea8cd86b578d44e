from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.child import Backoff, ChildFailed, describe_exit
from cli.child_spec import ChildSpec, LogSays
from cli.processes import find_remembered, started_at
from cli.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

STAND_IN = Path(__file__).with_name("stand_in.py")


class Bench:
    """A supervisor with what it said, and what it announced."""

    def __init__(self, place: Path) -> None:
        self.journal = place / "journal"
        self.place = place
        self.said: list[str] = []
        self.announced: list[dict[str, int]] = []
        self.supervisor = Supervisor(
            run_directory=place,
            log_directory=place,
            say=lambda name, line: self.said.append(f"{name}: {line}"),
            on_change=self.announce,
            backoff=Backoff(first_seconds=0.05),
        )

    def announce(self, processes: Mapping[str, int]) -> None:
        self.announced.append(dict(processes))

    def spec(self, name: str, manners: str = "warm") -> ChildSpec:
        return ChildSpec(
            name=name,
            command=(sys.executable, "-I", "-S", str(STAND_IN), name, str(self.journal), manners),
            directory=self.place,
            environment=dict(os.environ),
            ready=LogSays("ready."),
            stop_timeout_seconds=5,
            ready_timeout_seconds=10,
        )

    def stopped_warm(self) -> list[str]:
        return self.journal.read_text(encoding="utf-8").split()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def run(story: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the condition lies outside of this process
        await asyncio.sleep(0.01)


def test_it_starts_a_killed_child_again_and_announces_its_new_number(bench: Bench) -> None:
    async def story() -> None:
        await bench.supervisor.start(bench.spec("web"), bench.spec("worker"))
        before = bench.supervisor.processes
        os.kill(before["web"], signal.SIGKILL)
        await until(lambda: bench.supervisor.processes["web"] != before["web"])
        after = bench.supervisor.processes
        assert started_at(after["web"])
        assert after["worker"] == before["worker"]
        assert bench.announced[-1] == after
        assert find_remembered(bench.place / "web.pid") == after["web"]
        await bench.supervisor.stop(())

    run(story())
    assert any("was ended by SIGKILL; starting it again in 0.05 s" in line for line in bench.said)


def test_it_stops_warm_and_in_order(bench: Bench) -> None:
    async def story() -> None:
        await bench.supervisor.start(*(bench.spec(name) for name in ("a", "b", "c")))
        await bench.supervisor.stop(("b", "c", "a"))

    run(story())
    assert bench.stopped_warm() == ["b", "c", "a"]
    assert not list(bench.place.glob("*.pid"))


def test_it_kills_what_does_not_stop_in_time(bench: Bench) -> None:
    async def story() -> None:
        await bench.supervisor.start(replace(bench.spec("mule", "stubborn"), stop_timeout_seconds=0.2))
        pid = bench.supervisor.processes["mule"]
        began = time.monotonic()
        await bench.supervisor.stop(())
        assert time.monotonic() - began < 3
        assert started_at(pid) is None

    run(story())
    assert any("did not stop within 0.2 s and is killed" in line for line in bench.said)


def test_it_gives_up_on_a_child_that_never_becomes_ready_and_shows_its_last_lines(bench: Bench) -> None:
    async def story() -> None:
        hopeless = replace(bench.spec("typo", "brief"), ready=LogSays("never said"))
        with pytest.raises(ChildFailed, match=r"typo ends as soon as it starts(?s:.*)typo ready\."):
            await bench.supervisor.start(hopeless)
        await bench.supervisor.stop(())

    run(story())


def test_it_gives_up_on_a_child_that_takes_too_long(bench: Bench) -> None:
    async def story() -> None:
        slow = replace(bench.spec("slow"), ready=LogSays("never said"), ready_timeout_seconds=0.5)
        with pytest.raises(ChildFailed, match=r"was not ready after 0\.5 s"):
            await bench.supervisor.start(slow)
        await bench.supervisor.stop(())

    run(story())


def test_it_writes_each_childs_log_to_its_own_file(bench: Bench) -> None:
    async def story() -> None:
        await bench.supervisor.start(bench.spec("web"), bench.spec("relay"))
        await bench.supervisor.stop(())

    run(story())
    assert "web ready." in (bench.place / "web.log").read_text(encoding="utf-8")
    assert "relay ready." in (bench.place / "relay.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("earlier_deaths", "seconds"), [(0, 0.2), (1, 0.4), (2, 0.8), (4, 3.2), (5, 5.0), (10_000, 5.0)]
)
def test_it_waits_longer_after_each_death_but_never_beyond_five_seconds(
    earlier_deaths: int, seconds: float
) -> None:
    assert Backoff().delay_seconds(earlier_deaths) == pytest.approx(seconds)


def test_it_forgets_deaths_after_a_time_of_health(bench: Bench) -> None:
    bench.supervisor._backoff = Backoff(first_seconds=0.05, healthy_after_seconds=0)

    async def story() -> None:
        await bench.supervisor.start(bench.spec("web"))
        for _ in range(3):
            pid = bench.supervisor.processes["web"]
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: bench.supervisor.processes["web"] != pid)  # type: ignore[misc]
        await bench.supervisor.stop(())

    run(story())
    waits = [line.rpartition(" in ")[2] for line in bench.said if "starting it again" in line]
    assert waits == ["0.05 s"] * 3


def test_it_says_how_a_process_ended() -> None:
    assert describe_exit(-signal.SIGKILL) == "was ended by SIGKILL"
    assert describe_exit(3) == "ended with exit code 3"
