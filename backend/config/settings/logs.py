"""Structured logs: one line per use case, with the request id; for machines as JSON, for people in colour."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import structlog

from core.request_context import request_id

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor


def add_request_id(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    if current := request_id.get():
        event_dict.setdefault("request_id", current)
    return event_dict


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_request_id,
]


def logging_configuration(*, level: str, as_json: bool) -> dict[str, Any]:
    """Point structlog and the standard library at the same output; returns the value of LOGGING."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([structlog.processors.dict_tracebacks] if as_json else []),
                    renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        # One line per request of an HTTP client would hold the rail's addresses; ours are logged per batch.
        "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
    }
