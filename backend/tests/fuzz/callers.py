"""Whom the service meets: a key of every scope, a key of each scope alone, an operator with a session."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from access.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.stack import Stack

Headers = dict[str, str]

_KEY = re.compile(r"pk_test_\w+")
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def stranger_to(stack: Stack, organization: str) -> Headers:
    """A key of every scope, of a new organization: nothing it does touches what others have in the stack."""
    _manage(stack, "create_organization", organization)
    return _bearer(stack, organization)


def callers_of(stack: Stack) -> Iterator[tuple[str, Headers]]:
    yield "a key of every scope", {"Authorization": stack.http.headers["Authorization"]}
    yield "an operator of the staff", _session_headers(stack)
    for scope in Scope:
        yield f"a key of {scope.value}", _bearer(stack, "Demo", "--scope", scope.value)


def _bearer(stack: Stack, organization: str, *options: str) -> Headers:
    printed = _manage(stack, "create_api_key", organization, "--name", "fuzz", *options)
    found = _KEY.search(printed)
    assert found is not None, printed
    return {"Authorization": f"Bearer {found[0]}"}


def _manage(stack: Stack, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "manage", *arguments],
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _session_headers(stack: Stack) -> Headers:
    url = stack.ready["url"]
    with httpx.Client(base_url=url, trust_env=False) as browser:
        token = _FORM_TOKEN.search(browser.get("/admin/login/").text)
        assert token is not None
        form = {**stack.ready["admin"], "csrfmiddlewaretoken": token[1]}
        signed_in = browser.post("/admin/login/", data=form, headers={"Referer": url})
        assert signed_in.status_code == httpx.codes.FOUND, signed_in.text
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": browser.cookies["csrftoken"], "Referer": url}
