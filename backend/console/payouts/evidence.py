"""What was kept as evidence, as names and values that can be read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from console.payouts.actor_words import words_of_actor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_FACTS = 50
_PEOPLE = {"settled_by", "decided_by"}


class Fact(NamedTuple):
    name: str
    text: str


def facts_in(data: Mapping[str, Any] | None) -> list[Fact]:
    """Flat, the parts of a part under the names of both; the first fifty of them."""
    return list(islice(_walk(data or {}, ""), _MOST_FACTS))


def _walk(part: Any, name: str) -> Iterator[Fact]:
    if isinstance(part, dict):
        for key, value in part.items():
            named = words_of_actor(str(value)) if key in _PEOPLE else value
            yield from _walk(named, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(part, list):
        for number, value in enumerate(part, start=1):
            yield from _walk(value, f"{name} {number}".strip())
    else:
        yield Fact(name, "" if part is None else str(part))
