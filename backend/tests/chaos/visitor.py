"""A person in a browser, as far as the pages of the sign-in need one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGN_IN = "/sign-in/"
ADD_APP = "/sign-in/factors/app/add/"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")
_RECOVERY_CODE = re.compile(r"<li><code>(\d{8})</code></li>")


@dataclass(frozen=True)
class Visitor:
    http: httpx.Client

    def send(self, path: str, **entries: str) -> httpx.Response:
        """Fill in the form of the page to which the path leads."""
        return self.fill_in(self.http.get(path), **entries)

    def fill_in(self, page: httpx.Response, **entries: str) -> httpx.Response:
        token = _TOKEN.search(page.text)
        assert token is not None, page.text
        form = {**entries, "csrfmiddlewaretoken": token[1]}
        return self.http.post(page.url, data=form, headers={"Referer": str(page.url)})

    def enter_password(self, username: str, password: str) -> httpx.Response:
        return self.send(SIGN_IN, login=username, password=password)

    def enter_code(self, code: str) -> bool:
        """Whether it was taken; False also when the answer was lost."""
        try:
            self.send(f"{SIGN_IN}code/", code=code)
        except httpx.TransportError:
            return False
        return self.is_signed_in()

    def is_signed_in(self) -> bool:
        return self.http.get("/admin/").url.path == "/admin/"

    def add_app(self, password: str) -> list[str]:
        """Set up an authenticator app and return the recovery codes that come with it."""
        page = self.send(ADD_APP, password=password, next=ADD_APP)
        secret = _SECRET.search(page.text)
        assert secret is not None
        return _RECOVERY_CODE.findall(self.fill_in(page, code=_code_of(secret[1])).text)


@contextmanager
def visitor(url: str) -> Iterator[Visitor]:
    with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=10) as http:
        yield Visitor(http)


def _code_of(secret: str) -> str:
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    number = struct.unpack_from(">I", digest, digest[-1] & 0xF)[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"
