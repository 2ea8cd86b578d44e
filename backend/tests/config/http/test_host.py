from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.interfaces.http.host import with_host

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({"SERVER_PROTOCOL": "HTTP/1.1"}, ""),
        ({"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "payouts.example"}, "payouts.example"),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, None),
        ({"SERVER_PROTOCOL": "HTTP/1.0", "HTTP_HOST": "payouts.example"}, "payouts.example"),
    ],
)
def test_it_lets_nobody_leave_out_the_host(environ: dict[str, Any], host: str | None) -> None:
    seen: list[object] = []

    def application(environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        seen.append(environ.get("HTTP_HOST"))
        return []

    with_host(application)(environ, lambda *_: None)  # type: ignore[arg-type]

    assert seen == [host]
