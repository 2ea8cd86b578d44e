"""The switches that make the whole bank misbehave, whatever the account numbers ask for."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from sandbox_bank.wire import MalformedRequestError, read_json

LONGEST_MS: Final = 600_000
LARGEST_SEED: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Behaviour:
    latency_ms: int = 0
    """How long the answer to a submission waits after everything in it was carried out."""
    lost_reply_rate: float = 0.0
    """The share of submissions that are carried out and then not answered."""
    error_rate: float = 0.0
    """The share of submissions answered with 500 before anything in them is looked at."""
    idempotent: bool = True
    """False: keys are not looked at, and a repeated one executes again."""
    in_flight_ms: int = 0
    """How long after the answer, which is `accepted`, an execution lands."""
    seed: int | None = None
    """Where the randomness of the rates starts; None is a new course each time."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def _is_duration(value: object) -> bool:
    return _is_whole(value, LONGEST_MS)


def _is_seed(value: object) -> bool:
    return value is None or _is_whole(value, LARGEST_SEED)


def _is_whole(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


_SWITCHES: Final[dict[str, tuple[Callable[[object], bool], str]]] = {
    "latency_ms": (_is_duration, f"a whole number from 0 to {LONGEST_MS}"),
    "lost_reply_rate": (_is_rate, "a number from 0 to 1"),
    "error_rate": (_is_rate, "a number from 0 to 1"),
    "idempotent": (_is_flag, "true or false"),
    "in_flight_ms": (_is_duration, f"a whole number from 0 to {LONGEST_MS}"),
    "seed": (_is_seed, f"null or a whole number from 0 to {LARGEST_SEED}"),
}


def read_switches(body: bytes) -> dict[str, object]:
    """Read the switches a client sets, all of them valid; the others stay as they are."""
    switches = read_json(body)
    if not isinstance(switches, dict) or not switches:
        raise MalformedRequestError("the body must be an object of switches")
    for name, value in switches.items():
        _ensure_switch(name, value)
    return switches


def _ensure_switch(name: str, value: object) -> None:
    if name not in _SWITCHES:
        raise MalformedRequestError(f"there is no such switch; there are {', '.join(_SWITCHES)}")
    is_valid, wanted = _SWITCHES[name]
    if not is_valid(value):
        raise MalformedRequestError(f"{name} must be {wanted}")
