"""The kinds of refusal. Each concrete refusal subclasses one of these beside the code that raises it.

`config.interfaces.http.problems` maps the kinds to HTTP; nothing else knows status codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field of a request: `field` is its name as the client sent it."""

    field: str
    code: str
    detail: str


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not a fault
    """A request that is answered with a reason instead of a result.

    `code` is stable: clients switch on it. `title` is the same for every occurrence, `detail` is this one's.
    """

    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems


class Invalid(Refusal):
    """The request can never succeed as it stands."""

    code = "invalid"
    title = "The request is not valid"


class Unprocessable(Refusal):
    """The request is well formed and contradicts what was agreed before."""


class NotFound(Refusal):
    """The object does not exist for this caller."""


class Forbidden(Refusal):
    """The caller is known and may not do this."""


class Conflict(Refusal):
    """The object's present state does not allow it; it may later."""


class Unauthenticated(Refusal):
    """The sender is not who it says, or does not say who it is."""
