"""One client's connection: each request is read within bounds, then answered in JSON or broken off."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from sandbox_bank.behaviour import read_switches
from sandbox_bank.transfers import Breakage, Submission
from sandbox_bank.wire import (
    MalformedRequestError,
    answers_json,
    inquiry_json,
    ledger_json,
    read_keys,
    read_orders,
)

if TYPE_CHECKING:
    from sandbox_bank.server import BankServer

LARGEST_BODY_BYTES: Final = 4 * 2**20
IDLE_SECONDS: Final = 120
LEDGER_LINES_PER_CHUNK: Final = 500
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

log = structlog.get_logger()


class RefusedError(Exception):
    def __init__(self, status: HTTPStatus, message: str, allow: Collection[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"Allow": ", ".join(allow)} if allow else {}


class BankRequestHandler(BaseHTTPRequestHandler):
    server: "BankServer"
    protocol_version = "HTTP/1.1"
    server_version = "sandbox-bank"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    # Head and body of an answer leave in one packet.
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def handle_expect_100(self) -> bool:
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def _handle(self) -> None:
        self._has_answered = False
        try:
            body = self._read_body()
            self._route()(self, body)
        except MalformedRequestError as problem:
            self._refuse(HTTPStatus.BAD_REQUEST, str(problem))
        except RefusedError as refusal:
            self._refuse(refusal.status, str(refusal), refusal.headers)
        except OSError:
            raise  # the client is gone or too slow: nobody to answer
        except Exception:  # the edge of the process towards its clients
            log.exception("request_failed")
            self._fail()

    def _read_body(self) -> bytes:
        length = self._read_length()
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            raise MalformedRequestError("the body is shorter than its Content-Length")
        return body

    def _read_length(self) -> int:
        """Read how long the body is; a connection with a body left unread is of no further use."""
        stated = self.headers.get_all("Content-Length", ["0"])
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "the body needs a Content-Length")
        if len(stated) > 1 or not (stated[0].isascii() and stated[0].isdigit()):
            self.close_connection = True
            raise MalformedRequestError("Content-Length must be one whole number")
        if len(stated[0]) > len(str(LARGEST_BODY_BYTES)) or int(stated[0]) > LARGEST_BODY_BYTES:
            self.close_connection = True
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {LARGEST_BODY_BYTES} bytes"
            )
        return int(stated[0])

    def _route(self) -> "Endpoint":
        endpoints = _ENDPOINTS.get(urlsplit(self.path).path)
        if endpoints is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is {', '.join(_ENDPOINTS)}")
        if self.command not in endpoints:
            raise RefusedError(
                HTTPStatus.METHOD_NOT_ALLOWED, f"use {' or '.join(endpoints)}", allow=endpoints
            )
        return endpoints[self.command]

    def submit_transfers(self, body: bytes) -> None:
        orders = read_orders(body)
        submission = self.server.bank.submit(orders)
        log.info(
            "transfers_submitted",
            transfers=len(orders),
            decided=len(submission.answers),
            breakage=submission.breakage,
        )
        self._answer_submission(submission)

    def _answer_submission(self, submission: Submission) -> None:
        match submission.breakage:
            case None:
                self._send_json(HTTPStatus.OK, answers_json(submission.answers))
            case Breakage.DROPPED:
                self.close_connection = True
            case Breakage.SERVER_ERROR:
                self._fail()
            case Breakage.CUT:
                self._send_half(json.dumps(answers_json(submission.answers)).encode())

    def inquire_transfers(self, _body: bytes) -> None:
        keys = read_keys(urlsplit(self.path).query)
        transfers = self.server.bank.inquire(keys)
        log.info("transfers_inquired", transfers=len(keys))
        lines = [inquiry_json(key, transfer) for key, transfer in zip(keys, transfers, strict=True)]
        self._send_json(HTTPStatus.OK, {"transfers": lines})

    def send_ledger(self, _body: bytes) -> None:
        """Send every movement; without an end stated first, because the ledger may be long."""
        self._start(HTTPStatus.OK, {"Content-Type": "application/jsonl", "Transfer-Encoding": "chunked"})
        for chunk in self._ledger_chunks():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _ledger_chunks(self) -> Iterator[bytes]:
        lines = (f"{json.dumps(ledger_json(line))}\n" for line in self.server.store.read_ledger())
        while chunk := "".join(islice(lines, LEDGER_LINES_PER_CHUNK)):
            yield chunk.encode()

    def send_behaviour(self, _body: bytes) -> None:
        self._send_json(HTTPStatus.OK, self.server.bank.behaviour.as_json())

    def set_behaviour(self, body: bytes) -> None:
        switches = read_switches(body)
        behaviour = self.server.bank.set_behaviour(switches)
        log.info("behaviour_set", **switches)
        self._send_json(HTTPStatus.OK, behaviour.as_json())

    def send_health(self, _body: bytes) -> None:
        self._send_json(HTTPStatus.OK, {"status": "ok"})

    def _refuse(self, status: HTTPStatus, problem: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        log.info("request_refused", status=status.value, problem=problem)
        self._send_json(status, {"error": problem}, headers)

    def _fail(self) -> None:
        if self._has_answered:
            self.close_connection = True
        else:
            self._send_json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "internal error"})

    def _send_json(
        self, status: HTTPStatus, content: object, headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        body = json.dumps(content).encode()
        self._start(status, {**headers, **_json_headers(body)})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_half(self, body: bytes) -> None:
        self._start(HTTPStatus.OK, _json_headers(body))
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _start(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        self._has_answered = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def send_error(self, code: int, *_texts: object, **_named_texts: object) -> None:
        """Answer in our form what http.server refuses; a method it does not know is the client's error."""
        self.close_connection = True
        # Until a request line is understood this says HTTP/0.9, which would leave out our status line.
        self.request_version = self.protocol_version
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self._refuse(status, status.description or status.phrase)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's signature
        """Say nothing: each endpoint logs its own line, without the query and the raw request."""


def _json_headers(body: bytes) -> dict[str, str]:
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


Endpoint = Callable[[BankRequestHandler, bytes], None]

_ENDPOINTS: Final[dict[str, dict[str, Endpoint]]] = {
    "/transfers": {
        "GET": BankRequestHandler.inquire_transfers,
        "POST": BankRequestHandler.submit_transfers,
    },
    "/ledger": {"GET": BankRequestHandler.send_ledger},
    "/behaviour": {"GET": BankRequestHandler.send_behaviour, "POST": BankRequestHandler.set_behaviour},
    "/health": {"GET": BankRequestHandler.send_health},
}
