"""The receiving end of callbacks: it checks each signature and answers as told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_c2FuZGJveC1iYW5rLXRlc3Qtc2VjcmV0"


class CallbackReceiver(ThreadingHTTPServer):
    def __init__(self, port: int = 0) -> None:
        self.refusals: list[int] = []
        """The statuses to answer first, instead of 204."""
        self.refused: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.webhook_ids: list[str] = []
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/callbacks"

    @property
    def types(self) -> list[str]:
        return [callback["type"] for callback in self.taken]


class _Handler(BaseHTTPRequestHandler):
    server: CallbackReceiver
    timeout = 5

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        callback = Webhook(SECRET).verify(body, dict(self.headers.items()))
        self.send_response(self._take(callback))
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _take(self, callback: dict[str, Any]) -> int:
        if self.server.refusals:
            self.server.refused.append(self.headers["webhook-id"])
            return self.server.refusals.pop(0)
        self.server.taken.append(callback)
        self.server.webhook_ids.append(self.headers["webhook-id"])
        return 204

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's signature
        pass


@contextmanager
def callback_receiver(port: int = 0) -> Iterator[CallbackReceiver]:
    with CallbackReceiver(port) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
