"""Where in its bytes a connection is cut. Each rule is used up after as many connections as it was made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet


class Direction(StrEnum):
    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"


class Cut(Protocol):
    left: int

    def allowed_bytes(self, connection: object, direction: Direction, chunk: bytes) -> int | None:
        """How much of the chunk still passes before the cut; None when the connection is not cut in it."""
        ...


@dataclass(eq=False)
class CutAfter:
    """Once more than `n_bytes` have come this way on one connection since the rule was made."""

    n_bytes: int
    direction: Direction
    left: int
    _passed: WeakKeyDictionary[object, int] = field(default_factory=WeakKeyDictionary)

    def allowed_bytes(self, connection: object, direction: Direction, chunk: bytes) -> int | None:
        if direction is not self.direction:
            return None
        room = self.n_bytes - self._passed.get(connection, 0)
        self._passed[connection] = self._passed.get(connection, 0) + len(chunk)
        return room if len(chunk) > room else None


# What the web sends of each creation, in the statement that commits it: the type of its event. The statement
# itself is named by a number once it is prepared.
OF_A_CREATION = b"PayoutCreated"


@dataclass(eq=False)
class CutAnswerAfter:
    """At the first byte of the answer, once the client has sent the pattern, in one piece or in several.

    What the server sends next counts as the answer: a client that pipelines, and has an older answer to come,
    is cut at that one.
    """

    pattern: bytes
    left: int
    _tails: WeakKeyDictionary[object, bytes] = field(default_factory=WeakKeyDictionary)
    _asked: WeakSet[object] = field(default_factory=WeakSet)

    def allowed_bytes(self, connection: object, direction: Direction, chunk: bytes) -> int | None:
        if direction is Direction.TO_CLIENT:
            return 0 if connection in self._asked else None
        text = self._tails.get(connection, b"") + chunk
        if self.pattern in text:
            self._asked.add(connection)
        self._tails[connection] = text[max(0, len(text) - len(self.pattern) + 1) :]
        return None
