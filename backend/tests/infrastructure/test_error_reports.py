"""What leaves for Sentry, as a server of its kind receives it from a process of its own."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from core.error_lines import tell_errors_to
from infrastructure.error_reports import _report_or_go_on
from tests.infrastructure.raw_server import http_answer, raw_server

if TYPE_CHECKING:
    from tests.infrastructure.raw_server import Conversation

BACKEND = Path(__file__).parents[2]
ACCOUNT_NUMBER, NAME = "UA909876543210", "Zebedee Quux"

SPEAK = """
import logging, logging.config, sys, threading
import structlog
from config.settings.logs import logging_configuration
from core.log_context import forget_what_it_was_about, note_about
from core.request_context import request_id
from infrastructure.error_reports import start_error_reports

logging.config.dictConfig(logging_configuration(level="INFO", log_format="json"))
start_error_reports(dsn=sys.argv[1], release="abc1234", environment="staging", role="worker")
ours, theirs = structlog.get_logger("payouts.test"), logging.getLogger("celery.app.trace")
account_number, name = "".join(["UA90", "9876", "543210"]), " ".join(["Zebedee", "Quux"])

def fail():
    order = {"account_number": account_number, "of": [name]}
    try:
        raise ValueError(f"Failing row contains ({name}, {account_number})")
    except ValueError as error:
        raise RuntimeError(account_number) from error

ours.info("paid", account_number=account_number)
request_id.set("req-12345678")
note_about(organization_id=7)
try:
    fail()
except RuntimeError:
    ours.exception("request_failed", reference="01JQ", note=account_number)
request_id.set("")
note_about(references=["01JA", "01JB"])
try:
    fail()
except RuntimeError as error:
    theirs.error("Task failed: %s", error, exc_info=True)
forget_what_it_was_about()
ours.error("outcome_contradicted", details=account_number, reference="01JC")
theirs.error(f"A sentence with {account_number}")
logging.getLogger("opentelemetry.sdk").error("The collector is away")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def reports_of_a_process() -> tuple[list[dict[str, Any]], str]:
    """Each report, and all that came over the wire."""
    bodies: list[bytes] = []
    taking = threading.Lock()

    def ingest(conversation: Conversation) -> None:
        while True:
            head, _, body = conversation.read_request().partition(b"\r\n\r\n")
            if re.search(rb"(?i)content-encoding: *gzip", head):
                body = gzip.decompress(body)
            with taking:
                bodies.append(head + b"\r\n\r\n" + body)
            conversation.send(http_answer(b"{}"))

    with raw_server(ingest) as server:
        dsn = server.url.replace("http://", "http://publickey@") + "/42"
        done = subprocess.run(
            [sys.executable, "-c", SPEAK, dsn],
            cwd=BACKEND,
            env={"HOSTNAME": "test"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    assert "Traceback" in done.stderr
    lines = [line for body in bodies for line in body.partition(b"\r\n\r\n")[2].splitlines()]
    return [report for line in lines if "level" in (report := json.loads(line))], b"\n".join(bodies).decode()


@pytest.fixture(scope="module")
def sent() -> tuple[list[dict[str, Any]], str]:
    return reports_of_a_process()


def report_of(sent: tuple[list[dict[str, Any]], str], **tags: str) -> dict[str, Any]:
    (report,) = [report for report in sent[0] if tags.items() <= report["tags"].items()]
    return report


def test_it_reports_each_error_once(sent: tuple[list[dict[str, Any]], str]) -> None:
    assert [report["tags"].get("event") for report in sent[0]] == [
        "request_failed",
        "error",
        "outcome_contradicted",
        "error",
        None,
        None,
    ]


def test_it_sends_neither_account_numbers_nor_names(sent: tuple[list[dict[str, Any]], str]) -> None:
    assert "request_failed" in sent[1]
    assert ACCOUNT_NUMBER not in sent[1]
    assert NAME not in sent[1]
    assert "Zebedee" not in sent[1]


def test_it_says_for_which_request_and_payout(sent: tuple[list[dict[str, Any]], str]) -> None:
    assert report_of(sent, event="request_failed")["tags"] == {
        "event": "request_failed",
        "logger": "payouts.test",
        "request_id": "req-12345678",
        "organization_id": "7",
        "reference": "01JQ",
        "role": "worker",
    }
    of_a_batch = report_of(sent, logger="celery.app.trace", reference="01JA")["tags"]
    assert of_a_batch["organization_id"] == "7"
    assert "request_id" not in of_a_batch


def test_it_says_which_code_failed_and_where(sent: tuple[list[dict[str, Any]], str]) -> None:
    report = report_of(sent, event="request_failed")
    assert (report["release"], report["environment"], report["level"]) == ("abc1234", "staging", "error")
    values = report["exception"]["values"]
    assert [value["type"] for value in values] == ["ValueError", "RuntimeError"]
    assert [frame["function"] for frame in values[-1]["stacktrace"]["frames"]][-1] == "fail"


def test_it_sends_these_fields_and_no_others(sent: tuple[list[dict[str, Any]], str]) -> None:
    report = report_of(sent, event="request_failed")
    assert set(report) <= {
        "event_id",
        "timestamp",
        "platform",
        "level",
        "release",
        "environment",
        "server_name",
        "sdk",
        "tags",
        "exception",
    }
    for value in report["exception"]["values"]:
        assert set(value) <= {"type", "module", "mechanism", "stacktrace"}
        for frame in value["stacktrace"]["frames"]:
            assert set(frame) <= {"filename", "function", "module", "lineno", "in_app"}


def test_it_tells_of_errors_without_an_exception(sent: tuple[list[dict[str, Any]], str]) -> None:
    assert (
        report_of(sent, event="outcome_contradicted", reference="01JC")["message"] == "outcome_contradicted"
    )
    sentence = [report for report in sent[0] if report.get("message") == "error"]
    assert [report["tags"]["logger"] for report in sentence] == ["celery.app.trace"]


def test_it_reports_what_nobody_caught(sent: tuple[list[dict[str, Any]], str]) -> None:
    uncaught = [report for report in sent[0] if "event" not in report["tags"]]
    mechanisms = [report["exception"]["values"][-1]["mechanism"] for report in uncaught]
    assert [mechanism["type"] for mechanism in mechanisms] == ["threading", "excepthook"]


def test_it_lets_work_go_on_when_no_report_can_be_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infrastructure.error_reports.sentry_sdk.new_scope", lambda: 1 / 0)
    tell_errors_to(_report_or_go_on)
    try:
        structlog.get_logger("payouts.test").error("outcome_contradicted")
    finally:
        tell_errors_to(None)
    assert "ZeroDivisionError" in capsys.readouterr().err
