"""Whom the service meets: a key of every scope, a key of each scope alone, an operator with a session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from access.scopes import EVERY_SCOPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.stack import Stack

Headers = dict[str, str]

_KEY = re.compile(r"pk_test_\w+")


def stranger_to(stack: Stack, organization: str) -> Headers:
    """A key of every scope, of a new organization: nothing it does touches what others have in the stack."""
    stack.manage("create_organization", organization)
    return _bearer(stack, organization)


def callers_of(stack: Stack) -> Iterator[tuple[str, Headers]]:
    yield "a key of every scope", {"Authorization": stack.http.headers["Authorization"]}
    yield "an operator of the staff", _session_headers(stack)
    for scope in sorted(EVERY_SCOPE):
        yield f"a key of {scope.value}", _bearer(stack, "Demo", "--scope", scope.value)


def _bearer(stack: Stack, organization: str, *options: str) -> Headers:
    printed = stack.manage("create_api_key", organization, "--name", "fuzz", *options)
    found = _KEY.search(printed)
    assert found is not None, printed
    return {"Authorization": f"Bearer {found[0]}"}


def _session_headers(stack: Stack) -> Headers:
    with stack.signed_in_browser() as browser:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return {
            "Cookie": cookies,
            "X-CSRFToken": browser.headers["X-CSRFToken"],
            "Referer": stack.ready["url"],
        }
