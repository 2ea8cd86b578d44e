"""What the processes write, read from a process of its own: whoever configures logging does it for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BACKEND = Path(__file__).parents[3]
ACCOUNT_NUMBER = "UA909876543210"
# How PostgreSQL says that a row breaks a constraint: with the row.
ROW_REFUSED = (
    'new row for relation "payouts_payout" violates check constraint "payout_amount"\n'
    f"DETAIL:  Failing row contains (1, John Doe, {ACCOUNT_NUMBER[::-1]}, UA)."
)

SPEAK = """
import logging, logging.config, sys
import structlog
from config.settings.logs import logging_configuration
from core.request_context import request_id

logging.config.dictConfig(logging_configuration(level=sys.argv[2], log_format=sys.argv[1]))
ours, theirs = structlog.get_logger("payouts.test"), logging.getLogger("somebody.else")

def fail():
    account_number = "".join(["UA90", "9876", "543210"])
    order = {"account_number": account_number, "of": [account_number]}
    return order["nothing"]

request_id.set("req-12345678")
ours.info("payout_created", reference="01JQ", actor="api-key:7")
ours.debug("only_for_debugging")
theirs.warning("%s things", 7)
ours.warning("two lines", note="a\\nb", text="Zo\\u00eb")
logging.getLogger("httpx").info("chatter")
for logger in (ours, theirs):
    try:
        fail()
    except KeyError:
        logger.exception("it_failed")
try:
    try:
        raise ValueError(sys.argv[3])
    except ValueError as error:
        raise RuntimeError(sys.argv[3]) from error
except RuntimeError:
    ours.exception("row_refused")
request_id.set("")
ours.info("without_request")
"""


def speak(log_format: str, level: str = "INFO") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SPEAK, log_format, level, ROW_REFUSED],
        cwd=BACKEND,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in speak("json")]


@pytest.fixture(scope="module")
def console() -> str:
    return "\n".join(speak("console"))


def line_of(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    (line,) = [line for line in lines if line["event"] == event]
    return line


def test_it_writes_each_event_as_one_line_of_json(lines: list[dict[str, Any]]) -> None:
    assert [line["event"] for line in lines] == [
        "payout_created",
        "7 things",
        "two lines",
        "it_failed",
        "it_failed",
        "row_refused",
        "without_request",
    ]


def test_it_says_who_when_how_bad_and_for_which_request(lines: list[dict[str, Any]]) -> None:
    line = line_of(lines, "payout_created")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "payout_created",
        "reference": "01JQ",
        "actor": "api-key:7",
        "level": "info",
        "logger": "payouts.test",
        "request_id": "req-12345678",
    }


def test_it_gives_the_lines_of_libraries_the_same_shape(lines: list[dict[str, Any]]) -> None:
    line = line_of(lines, "7 things")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "7 things",
        "level": "warning",
        "logger": "somebody.else",
        "request_id": "req-12345678",
    }


def test_it_leaves_the_request_out_where_there_is_none(lines: list[dict[str, Any]]) -> None:
    assert "request_id" not in line_of(lines, "without_request")


def test_it_keeps_content_with_line_breaks_on_its_line(lines: list[dict[str, Any]]) -> None:
    line = line_of(lines, "two lines")
    assert (line["note"], line["text"]) == ("a\nb", "Zoë")


def test_it_tells_where_it_failed_without_what_was_in_hand(lines: list[dict[str, Any]]) -> None:
    failures = [line for line in lines if line["event"] == "it_failed"]
    assert [line["logger"] for line in failures] == ["payouts.test", "somebody.else"]
    for line in failures:
        assert line["exception"][0]["exc_type"] == "KeyError"
        assert [frame["name"] for frame in line["exception"][0]["frames"]][-1] == "fail"
    assert ACCOUNT_NUMBER not in json.dumps(lines)


def test_it_writes_plainly_for_people(console: str) -> None:
    first = console.splitlines()[0]
    assert "payout_created" in first
    assert "reference=01JQ" in first
    assert "request_id=req-12345678" in first
    assert "\x1b" not in console
    assert "KeyError" in console
    assert "chatter" not in console


def test_it_shows_people_no_account_number_either(console: str) -> None:
    assert console.count("Traceback") == 4
    assert ACCOUNT_NUMBER not in console


def test_it_writes_only_what_is_bad_enough() -> None:
    assert "only_for_debugging" in "".join(speak("json", "DEBUG"))
    bad = [json.loads(line)["event"] for line in speak("json", "ERROR")]
    assert bad == ["it_failed", "it_failed", "row_refused"]


def test_it_drops_the_row_from_what_the_database_says(lines: list[dict[str, Any]], console: str) -> None:
    for text in (json.dumps(line_of(lines, "row_refused")), console):
        assert text.count("violates check constraint") == 2
        assert ACCOUNT_NUMBER[::-1] not in text


GO_ON = """
import logging.config
import structlog
from config.settings.logs import logging_configuration

class Unspeakable:
    def __repr__(self):
        raise ValueError

logging.config.dictConfig(logging_configuration(level="INFO", log_format="json"))
log = structlog.get_logger("payouts.test")
log.info("payout_created", note=Unspeakable())
log.info("payout_completed")
print("went on")
"""


def go_on(stderr: int, *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-c", GO_ON]
    return subprocess.run(
        command, cwd=BACKEND, stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=30, check=False
    )


def test_it_goes_on_where_a_line_cannot_be_rendered() -> None:
    done = go_on(subprocess.PIPE)
    assert done.stdout == "went on\n"
    lost, written = map(json.loads, done.stderr.splitlines())
    assert (lost["event"], lost["logger"], lost["level"]) == ("line_not_written", "payouts.test", "error")
    assert written["event"] == "payout_completed"


def test_it_goes_on_without_a_standard_error() -> None:
    assert go_on(subprocess.DEVNULL, "sh", "-c", 'exec "$0" "$@" 2>&-').stdout == "went on\n"


def test_it_goes_on_where_nobody_reads_its_lines() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert go_on(writer).stdout == "went on\n"
    finally:
        os.close(writer)
