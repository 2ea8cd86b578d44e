"""A small OpenID provider on a port of its own: discovery, codes with PKCE, signed tokens. One account."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_ID, CLIENT_SECRET = "payouts", "a-secret-between-the-two"


@dataclass
class Provider:
    url: str
    account: dict[str, Any]
    """The claims about whoever signs in there."""
    is_broken: bool = False
    audience: str = CLIENT_ID
    challenges: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        code = secrets.token_urlsafe(8)
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        self.challenges[code] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_genuine = self.challenges.pop(form["code"], None) == challenge
        if self.is_broken or not is_genuine or form["client_secret"] != CLIENT_SECRET:
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "iat": now, "exp": now + 60, **self.account}
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.provider.calls.append(path)
        answers = {"/.well-known/openid-configuration": self.provider.discovery, "/userinfo": self._account}
        self._answer(answers[path]() if path in answers else None)

    def do_POST(self) -> None:
        self.provider.calls.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def _account(self) -> dict[str, Any]:
        assert self.headers["Authorization"] == "Bearer access"
        return self.provider.account

    def _answer(self, body: dict[str, Any] | None) -> None:
        content = json.dumps(body or {"error": "invalid_request"}).encode()
        self.send_response(HTTPStatus.OK if body else HTTPStatus.BAD_REQUEST)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Nothing: it would stand between the dots of the tests."""


@contextmanager
def running_provider(account: dict[str, Any]) -> Iterator[Provider]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}", account)
        _Handler.provider = provider
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield provider
        server.shutdown()
        thread.join()


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
