"""Structured logs: one line per use case, with whom it concerns; JSON for machines, plain for people."""

from __future__ import annotations

import json
import logging
import re
import sys
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

import structlog

from core.error_lines import tell_if_error
from core.log_context import work_is_about
from core.request_context import request_id
from core.tracing import present_traceparent, trace_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from structlog.typing import EventDict, ExcInfo, Processor

SERVER_ERROR = 500
# No line tells where and in which thread it was written, and finding out costs more than the rest of it
# (Python's logging how-to, "Optimization").
logging.logThreads = logging.logMultiprocessing = False
logging._srcfile = None  # noqa: SLF001  the documented way
# Ours say what happened, once for each batch; a line for each request and each sweep says nothing more.
_CHATTY = ("httpx", "httpcore", "celery.beat", "celery.worker.strategy", "celery.app.trace")

# A line for each refused request, with its path, which may hold anything. Ours names the route.
_TELLING_OF_PATHS = ("django.request",)


def add_present_work(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """What the line says itself comes first: its trace is that of the payout it tells of."""
    if current := request_id.get():
        event_dict.setdefault("request_id", current)
    if traceparent := present_traceparent():
        event_dict.setdefault("trace_id", trace_id_of(traceparent))
    for name, value in work_is_about().items():
        event_dict.setdefault(name, value)
    # A line of one payout does not list the others that are in work with it.
    if "reference" in event_dict:
        event_dict.pop("references", None)
    return event_dict


def tell_of_error(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    tell_if_error(event_dict)
    return event_dict


class RefusalsInOneLine(logging.Filter):
    """Django shows how it came to refuse a foreign host or a broken form: as an error, with a traceback.

    Whoever sends such requests would fill the log, and hide in it what is a fault of ours.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", SERVER_ERROR) < SERVER_ERROR:
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class LineWriter:
    """Writes our own lines, without the records and handlers that the standard library makes of each.

    A line that cannot be written stops nothing, as there: what it tells of has been done.
    """

    def __init__(self, renderers: Sequence[Processor], stream: TextIO, name: str = "") -> None:
        self.name = name
        self._renderers = renderers
        self._stream = stream

    def write(self, /, **line: Any) -> None:
        try:
            # At once, since others write here too, and whole: a binary stream has a lock of its own.
            output = self._stream.buffer
            output.write(self._rendered(line) + b"\n")
            output.flush()
        except Exception:
            logging.getLogger(self.name).exception("line_not_written")

    debug = info = warning = error = critical = write

    def _rendered(self, line: Any) -> bytes:
        for render in self._renderers:
            line = render(self, "", line)
        return str(line).encode(errors="backslashreplace")


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_present_work,
    tell_of_error,
]


def logging_configuration(*, level: str, log_format: str) -> dict[str, Any]:
    """Point structlog and the standard library at one output, in one form; returns the value of LOGGING.

    `log_format` is "json" or "console".
    """
    renderers = _renderers(log_format)
    structlog.configure(
        processors=list(_SHARED),
        logger_factory=partial(LineWriter, renderers, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": _formatter(renderers)},
        "filters": {"refusals": {"()": RefusalsInOneLine}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["refusals"]}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in _CHATTY},
            **{name: {"level": "ERROR"} for name in _TELLING_OF_PATHS},
        },
    }


def _formatter(renderers: Sequence[Processor]) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *renderers,
        ],
    }


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [render_exception, render_json]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_plain_traceback)]


# PostgreSQL says which row it refused, account number and all.
_REFUSED_ROW = re.compile(r"\nDETAIL: .*")


# Frames without their local variables: those hold account numbers.
_tracebacks = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_json = json.JSONEncoder(default=repr)


def render_exception(logger: object, method: str, event_dict: EventDict) -> EventDict:
    if "exc_info" in event_dict:
        event_dict = _tracebacks(logger, method, event_dict)
        for error in event_dict.get("exception", ()):
            error["exc_value"] = _REFUSED_ROW.sub("", error["exc_value"])
    return event_dict


def render_json(_logger: object, _method: str, event_dict: EventDict) -> str:
    return _json.encode(event_dict)


def _plain_traceback(output: TextIO, exc_info: ExcInfo) -> None:
    text = StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    output.write(_REFUSED_ROW.sub("", text.getvalue()))
