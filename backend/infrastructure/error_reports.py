"""Errors for Sentry: what failed and where, for which request and payout, and nothing of what was in hand.

A report is made of an error's line in the log, so there is one for each, whichever process meets it. It is
written anew from a few fields: what the library may gather some day does not leave by itself (docs/adr/0039).
"""

from __future__ import annotations

import re
import sys
import traceback
from typing import TYPE_CHECKING, Any

import sentry_sdk
from celery.signals import worker_process_shutdown
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from core.error_lines import tell_errors_to
from core.log_context import work_is_about
from core.request_context import request_id
from core.tracing import present_traceparent, trace_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.types import Event, Hint

FLUSH_SECONDS = 2.0
# The names of our own lines; what libraries write is a sentence with anything in it.
_NAME_OF_LINE = re.compile(r"[a-z][a-z0-9_]{1,63}", re.ASCII)
_KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "server_name", "sdk", "tags")
_KEPT_OF_EXCEPTION = ("type", "module", "mechanism")
_KEPT_OF_FRAME = ("filename", "function", "module", "lineno", "in_app")
_TAGS = ("request_id", "organization_id", "reference", "trace_id", "rail", "task")
# They tell of what became of reports and traces; a report of each would call for the next.
_NOT_REPORTED = ("sentry_sdk", "opentelemetry")


def start_error_reports(*, dsn: str, release: str, environment: str, role: str) -> None:
    """From now on every line of level ERROR is a report too, which a thread sends: nobody waits for it."""
    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        environment=environment,
        # None that looks into requests, tasks or statements; none is switched on by what is installed.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda _pending, _timeout: None),
        ],
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=FLUSH_SECONDS,
        before_send=write_anew,
    )
    sentry_sdk.get_global_scope().set_tag("role", role)  # of every thread
    tell_errors_to(_report_or_go_on)
    # A worker's child leaves without what is registered for the exit.
    worker_process_shutdown.connect(_flush, weak=False)


def _flush(**_: object) -> None:
    sentry_sdk.flush(timeout=FLUSH_SECONDS)


def _report_or_go_on(line: Mapping[str, Any]) -> None:
    if line["logger"].partition(".")[0] not in _NOT_REPORTED:
        try:
            _report(line)
        except Exception:  # noqa: BLE001  the work that the line is about goes on
            traceback.print_exc()  # a line of the log would be the next to report


def _report(line: Mapping[str, Any]) -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_tags(_tags_of(line) | {"logger": line["logger"], "event": _name_of(line)})
        error = _error_of(line)
        if error is None:
            sentry_sdk.capture_message(_name_of(line), level="error")
        else:
            sentry_sdk.capture_exception(error)


def _error_of(line: Mapping[str, Any]) -> BaseException | None:
    told: object = line.get("exc_info")
    if told is True:  # `log.exception`: the one that is being handled
        return sys.exc_info()[1]
    if isinstance(told, BaseException):
        return told
    return told[1] if isinstance(told, tuple) else None


def _name_of(line: Mapping[str, Any]) -> str:
    name = str(line["event"])
    return name if _is_ours(line) and _NAME_OF_LINE.fullmatch(name) else "error"


def _is_ours(line: Mapping[str, Any]) -> bool:
    return "_record" not in line  # of the standard library, by which the others write


def _tags_of(line: Mapping[str, Any]) -> dict[str, str]:
    present = {"request_id": request_id.get(), "trace_id": trace_id_of(present_traceparent())}
    known = {**present, **work_is_about(), **{name: line[name] for name in _TAGS if name in line}}
    # A worker has several payouts in hand; the one is named, and of several the first.
    references = known.pop("references", ())
    if references:
        known.setdefault("reference", references[0])
    return {name: str(known[name]) for name in _TAGS if known.get(name)}


def write_anew(event: Event, _hint: Hint) -> Event:
    """What leaves: kinds, places and names. The words of an exception stay, since they repeat what was sent.

    The line of the log with the same request id has them, as far as it may.
    """
    report: dict[str, Any] = {name: event[name] for name in _KEPT if name in event}  # type: ignore[literal-required]
    # What nobody caught comes without a line, and so without its names.
    report["tags"] = {**_tags_of({}), **event.get("tags", {})}
    if "exception" in event:
        report["exception"] = {"values": [_exception(value) for value in event["exception"]["values"]]}
    elif _NAME_OF_LINE.fullmatch(str(event.get("message", ""))):
        report["message"] = event["message"]
    return report  # type: ignore[return-value]


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: value[name] for name in _KEPT_OF_EXCEPTION if name in value}
    if "mechanism" in kept:
        kept["mechanism"] = {name: kept["mechanism"].get(name) for name in ("type", "handled")}
    frames = (value.get("stacktrace") or {}).get("frames", ())
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames]
    }
    return kept
