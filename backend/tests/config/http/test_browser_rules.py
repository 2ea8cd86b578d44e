"""What every answer tells a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
MACHINE_PATHS = ["/api/payouts/", "/api/nonesuch/", "/health/live/", "/api/schema/", "/api/docs/?script="]
PAGES = ["/sign-in/", "/api/docs/", "/nonesuch/"]


def directives(policy: str) -> dict[str, str]:
    return {name: sources for name, _, sources in (part.partition(" ") for part in policy.split("; "))}


@pytest.mark.parametrize("path", MACHINE_PATHS)
def test_it_lets_a_browser_do_nothing_with_an_answer_for_machines(api: APIClient, path: str) -> None:
    policy = api.get(path)["Content-Security-Policy"]

    assert directives(policy) == directives(NOTHING)


@pytest.mark.parametrize("path", PAGES)
def test_it_lets_pages_have_what_is_of_this_host(client: Client, path: str) -> None:
    policy = directives(client.get(path, headers={"Accept": "text/html"})["Content-Security-Policy"])

    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert "unsafe" not in str(policy)
    assert "*" not in str(policy)


@pytest.mark.parametrize("path", ["/api/payouts/", *PAGES])
def test_it_tells_browsers_to_be_careful(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"]


@pytest.mark.parametrize("host", ["evil.test", "testserver.evil.test", "testserver:80@evil.test", "", "[::1"])
@pytest.mark.parametrize("path", ["/api/payouts/", "/sign-in/", "/admin/", "/api/docs/"])
def test_it_speaks_for_no_other_host(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode() + str(answer.headers)
    assert "Content-Security-Policy" in answer


def test_it_does_not_take_the_host_from_a_proxy_s_header(api: APIClient) -> None:
    answer = api.get("/api/payouts/?page_size=1", headers={"X-Forwarded-Host": "evil.test"})

    assert answer.status_code == 200
    assert "evil" not in answer.content.decode()
