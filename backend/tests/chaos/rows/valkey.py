"""What happens to Valkey, broker and cache in one: requests never wait for it, and work goes on after it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from tests.chaos import sandbox
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import count_failed, p99_seconds, probing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from tests.chaos.matrix import Scene
    from tests.chaos.stack import ChaosStack

    Fault: TypeAlias = Callable[[ChaosStack], AbstractContextManager[None]]

NORMAL_SECONDS = 5.0
PAUSE_SECONDS = 0.1
CONSUMING_SECONDS = 60.0
# A p99 of few calls is the slowest one; what any machine does now and then is no sign of waiting.
LEAST_SLOWNESS_SECONDS = 0.05


def compare(scene: Scene, fault: Fault, seconds: float) -> Sequence[Figure]:
    """Post before and while it is broken; afterwards see how soon payouts are paid again."""
    with probing(scene) as probe:
        normal = probe.post_for(NORMAL_SECONDS, pause_seconds=PAUSE_SECONDS)
        with fault(scene.stack):
            without = probe.post_for(seconds, pause_seconds=PAUSE_SECONDS)
        paid_after = sandbox.seconds_until_paying(scene.stack)
    ratio = p99_seconds(without) / max(p99_seconds(normal), LEAST_SLOWNESS_SECONDS)
    return [
        Figure("POST errors", count_failed(without), at_most=0),
        Figure("p99 of POST, as multiple of normal", ratio, at_most=2, is_timing=True),
        Figure("seconds until payouts are paid again", paid_after, at_most=CONSUMING_SECONDS, is_timing=True),
    ]


@contextmanager
def killed(stack: ChaosStack) -> Iterator[None]:
    """Nobody listens."""
    stack.valkey.down()
    try:
        yield
    finally:
        stack.valkey.up()
        stack.valkey.wait_until_ready()


@contextmanager
def stopped(stack: ChaosStack) -> Iterator[None]:
    """The kernel takes connections and bytes for it, and it never answers."""
    stack.valkey.stop()
    try:
        yield
    finally:
        stack.valkey.cont()


@contextmanager
def full(stack: ChaosStack) -> Iterator[None]:
    """It reads and refuses to write."""
    with stack.redis() as server:
        server.config_set("maxmemory", 1)
        try:
            yield
        finally:
            server.config_set("maxmemory", 0)


@contextmanager
def emptied(stack: ChaosStack) -> Iterator[None]:
    with stack.redis() as server:
        server.flushall()
        yield
        server.flushall()


@contextmanager
def half_open(stack: ChaosStack) -> Iterator[None]:
    """The network swallows everything and closes nothing."""
    stack.valkey_proxy.half_open()
    try:
        yield
    finally:
        stack.valkey_proxy.heal()


def _row(name: str, fault_text: str, fault: Fault, seconds: float, *, is_short: bool = False) -> Row:
    return Row(
        name,
        fault_text,
        "POST errors 0, p99 < 2 × normal; paying again in 60 s",
        lambda scene: compare(scene, fault, seconds),
        is_short=is_short,
    )


ROWS = (
    _row("valkey-killed-1s", "Valkey: SIGKILL, 1 s down", killed, 1),
    _row("valkey-killed-10s", "Valkey: SIGKILL, 10 s down", killed, 10, is_short=True),
    _row("valkey-killed-60s", "Valkey: SIGKILL, 60 s down", killed, 60),
    _row("valkey-flushed", "Valkey: FLUSHALL", emptied, 3),
    _row("valkey-full", "Valkey: full", full, 10),
    _row("valkey-stopped", "Valkey: SIGSTOP for 60 s", stopped, 60),
    _row("valkey-half-open", "Valkey: half-open connections for 20 s", half_open, 20),
)
