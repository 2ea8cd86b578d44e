"""Requests that a page makes by itself. Nobody need be there, and so they keep no session alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from django.contrib.sessions.middleware import SessionMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest

    from sign_in.sessions import SessionStore

View = TypeVar("View", bound="Callable[..., Any]")

_IS_POLL = "is_poll"


def poll(view: View) -> View:
    """Mark a view as one that pages ask again and again by themselves."""
    setattr(view, _IS_POLL, True)
    return view


class UseCountingSessionMiddleware(SessionMiddleware):
    """Tells the session what kind of request it is, before anybody reads it."""

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        _arguments: tuple[Any, ...],
        _named_arguments: dict[str, Any],
    ) -> None:
        # Called for every view: a request that has gone around the sessions has none.
        session = cast("SessionStore | None", getattr(request, "session", None))
        if session is not None:
            session.counts_as_use = not getattr(view, _IS_POLL, False)
