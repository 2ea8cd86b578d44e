"""How much one may ask for: an API key, an operator, and an address from which nobody shows who it is.

Every request to the API is counted once, by what it turned out to be. A caller is counted before the work is
done, by the throttle; what got no further than the door, on its way out. So no stranger uses up what is a
key's, and a wrong key counts against its address alone.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.throttling import BaseThrottle

from access.caller import Caller
from access.client_address import address_of
from config.interfaces.http.blocked_addresses import BlockedAddresses
from config.interfaces.http.problems import problem_of, render_problem
from core.actor import API_KEY
from core.networks import subscriber_of
from core.request_context import SIGNED
from infrastructure.metrics.measures import LIMITED
from infrastructure.rates import KEY_QUOTA, WINDOW_SECONDS, Quota, Standing, count_request, resets_in_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)

_LIMITED = "/api/"
# A rail proves itself by a signature, and must always get through: its word is what ends payouts.
_ROUTE_OF_RAILS = "rail-callbacks"
_COUNTED = "payouts.rate"

_blocked = BlockedAddresses()


def is_anybody_kept_out() -> bool:
    """Whether addresses are refused at the moment: then `process_view` looks at each request."""
    return _blocked.is_anybody_refused(now=time.time())


class CallerThrottle(BaseThrottle):
    """Counts a request of a known caller; the others are counted by the middleware."""

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  the framework's signature
        caller: object = request.user
        if not isinstance(caller, Caller):
            return True
        return not _is_exceeded(_count_caller(request._request))  # noqa: SLF001  what the middleware sees

    def wait(self) -> float:
        return resets_in_seconds(time.time())


class RatesMiddleware:
    """Refuses whom a flood comes from before anything is looked up, and counts whom the throttle has not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if not request.path_info.startswith(_LIMITED):
            return response
        if _COUNTED not in request.META and _is_exceeded(_count_on_the_way_out(request, response)):
            response = _too_many()
        counted = request.META.get(_COUNTED)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and isinstance(counted, Standing):
            LIMITED.labels(counted.quota.name).inc()
        return _with_headers(response, counted)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        # Most of the time there is nobody, and nothing to find out about this one.
        if not is_anybody_kept_out():
            return None
        now = time.time()
        is_closed = request.path_info.startswith(_LIMITED) and not _is_for_rails(request)
        if not is_closed or not _blocked.is_refused(request, _who_of(request), now=now):
            return None
        quota = _anonymous_quota()
        request.META[_COUNTED] = Standing(quota, quota.requests, resets_in_seconds(now))
        return _too_many()


def _count_on_the_way_out(request: HttpRequest, response: HttpResponse) -> Standing | None:
    # By type(): isinstance would load a session's user from the database.
    if type(getattr(request, "user", None)) is Caller:
        return _count_caller(request)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        _blocked.forget_proof(request)
    is_our_fault = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return None if is_our_fault or SIGNED in request.META else _count_address(request)


def _count_caller(request: HttpRequest) -> Standing | None:
    caller: Any = request.user
    _blocked.note_proof(request)
    kind, _, who = caller.actor.partition(":")
    if kind == API_KEY:
        return _count(request, Quota(KEY_QUOTA, settings.API_KEY_RATE), who)
    return _count(request, Quota("operator", settings.OPERATOR_RATE), who)


def _count_address(request: HttpRequest) -> Standing | None:
    who = _who_of(request)
    standing = _count(request, _anonymous_quota(), who)
    if standing is not None and standing.is_exceeded:
        _blocked.block(who, until=time.time() + standing.resets_in_seconds)
        if standing.used == standing.quota.requests + 1:
            log.warning("address_blocked", address=who, seconds=standing.resets_in_seconds)
    return standing


def _count(request: HttpRequest, quota: Quota, who: str) -> Standing | None:
    standing = count_request(quota, who, now=time.time())
    request.META[_COUNTED] = standing or quota
    return standing


def _anonymous_quota() -> Quota:
    return Quota("anonymous", settings.ANONYMOUS_RATE)


def _who_of(request: HttpRequest) -> str:
    """Who has no address that is known counts as one, too."""
    address = address_of(request.META)
    return "unknown" if address is None else subscriber_of(address)


def _is_for_rails(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name == _ROUTE_OF_RAILS


def _is_exceeded(standing: Standing | None) -> bool:
    return standing is not None and standing.is_exceeded


def _too_many() -> HttpResponse:
    return render_problem(problem_of(Throttled(resets_in_seconds(time.time()))))


def _with_headers(response: HttpResponse, counted: Standing | Quota | None) -> HttpResponse:
    """By draft-ietf-httpapi-ratelimit-headers-11. Without Redis only the policy is told: nobody counts."""
    match counted:
        case Standing(quota):
            response["RateLimit"] = f'"{quota.name}";r={counted.remaining};t={counted.resets_in_seconds}'
        case Quota():
            quota = counted
        case None:
            quota = _anonymous_quota()
    response["RateLimit-Policy"] = f'"{quota.name}";q={quota.requests};w={WINDOW_SECONDS}'
    return response
