"""Everything that processes count and time, by name. What stands in the database is told by `standing`.

Labels are words of ours, never a client's: a route's pattern, a rail's code, an outcome. A process that has
not met a case yet says 0 of it where the cases are known beforehand, so that a first failure is a rise.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

# A second series beside each, which tells when it began: nobody asks for them.
disable_created_metrics()
COUNTED = CollectorRegistry()

_SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0, 86_400.0)


def _counter(name: str, words: str, labels: tuple[str, ...]) -> Counter:
    return Counter(name, words, labels, registry=COUNTED)


def _histogram(name: str, words: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
    return Histogram(name, words, labels, buckets=buckets, registry=COUNTED)


# --- The web ---

REQUESTS = _counter(
    "payouts_http_requests_total", "Answers, by route and status.", ("method", "route", "status")
)
REQUEST_SECONDS = _histogram(
    "payouts_http_request_seconds",
    "From a request that is let in to its answer.",
    ("method", "route", "status_class"),
    _SHORT,
)
REFUSED = _counter(
    "payouts_http_refused_total", "Requests refused before the application saw them.", ("reason",)
)
LIMITED = _counter("payouts_http_limited_total", "Requests above a quota (429), by quota.", ("quota",))
LIST_CACHE = _counter(
    "payouts_list_cache_total", "Pages looked for in the cached list, by result.", ("result",)
)

# --- Rails ---

RAIL_CALL_SECONDS = _histogram(
    "payouts_rail_call_seconds",
    "Calls to a rail; unanswered: nothing was learnt of any of its orders.",
    ("rail", "call", "result"),
    _SHORT,
)
RAIL_ANSWERS = _counter(
    "payouts_rail_answers_total",
    "What rails said of attempts, one for each order.",
    ("rail", "call", "outcome"),
)
RAIL_CALLBACKS = _counter(
    "payouts_rail_callbacks_total", "Callbacks of rails, by result.", ("rail", "result")
)
# The time and not the state: a process that makes no more calls would say for ever what it found last.
RAIL_LEFT_ALONE = Gauge(
    "payouts_rail_left_alone_timestamp_seconds",
    "When a process last found that the rail fails, and left it alone for a while.",
    ("rail", "call"),
    registry=COUNTED,
    multiprocess_mode="livemax",
)
REDIS_LEFT_ALONE = Gauge(
    "payouts_redis_left_alone_timestamp_seconds",
    "When a process last found that Redis does not answer, and left it alone for a while.",
    registry=COUNTED,
    multiprocess_mode="livemax",
)

# --- Events, by the relay that has done with them ---

EVENTS = _counter(
    "payouts_events_total",
    "What happened to payouts, with the standing after it.",
    ("event", "rail", "status", "stage"),
)
AMOUNT = _counter(
    "payouts_amount_total",
    "Money in major units that was asked for, or came to an end, by what happened to it.",
    ("event", "rail", "currency"),
)
COMPLETION_SECONDS = _histogram(
    "payouts_completion_seconds", "From a payout's creation to its completion.", ("rail",), _LONG
)
RELAY_LAG_SECONDS = _histogram(
    "payouts_relay_lag_seconds", "From an event's recording to the end of its relaying.", (), _LONG
)

# --- Tasks ---

TASK_SECONDS = _histogram(
    "payouts_task_seconds",
    "Tasks of the workers, by how they ended.",
    ("task", "state"),
    (*_SHORT, 30.0, 60.0),
)
MESSAGES = _counter("payouts_messages_total", "Wake-ups given to the broker, by task.", ("task",))

OVERLOADED = "overloaded"
HIT, MISS, UNREADABLE, AWAY = "hit", "miss", "unreadable", "redis_away"

for _reason in (OVERLOADED, "request_timeout", "malformed_request"):
    REFUSED.labels(_reason)
for _quota in ("key", "operator", "anonymous"):
    LIMITED.labels(_quota)
for _result in (HIT, MISS, UNREADABLE, AWAY):
    LIST_CACHE.labels(_result)
