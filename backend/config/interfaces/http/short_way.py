"""The short way of a request that comes by an API key alone, which is what machines ask all day.

Around each view the framework finds out anew in which ways one may show who one is, how a body may be read
and how an answer may be written; in front of it stands what knows people by their cookies and what tells
browsers their rules. Of these requests all of that is known. The same objects decide, in the same order, and
the headers are those that the long way gives. Whatever is not plain goes the long way.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, resolve
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.renderers import JSONRenderer

from access.authentication import ApiKeyAuthentication
from config.interfaces.http.browser_rules import BrowserRulesMiddleware
from config.interfaces.http.json_parser import StrictJSONParser
from config.interfaces.http.problems import answer_exception
from config.interfaces.http.rates import is_anybody_kept_out
from payouts.api.closed_view import ClosedView
from payouts.api.json_answers import PlainRenderer, stored_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import QueryDict
    from django.urls import ResolverMatch
    from rest_framework.request import Request

    from access.caller import Caller

    Answer = Callable[[HttpRequest], HttpResponse]

_API = "/api/"
_WITH_BODY = {"POST", "PATCH"}
_METHODS = {"GET", *_WITH_BODY}
_ACCEPTS = {"*/*", "application/json", "application/json, */*", "application/json, text/plain, */*"}
_BODIES = {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}

# Of those that are asked for lately, it is remembered where they lead.
_MOST_PATHS = 1_000

_api_keys = ApiKeyAuthentication()
_parser = StrictJSONParser()


class ShortWay:
    """Middleware, behind what every request needs and in front of all that only people need."""

    def __init__(self, get_response: Answer) -> None:
        self._long_way = get_response
        self._give_headers = _chain(
            *(SecurityMiddleware, BrowserRulesMiddleware, XFrameOptionsMiddleware),
            end=lambda _: HttpResponse(content_type=JSONRenderer.media_type),
        )
        self._views: dict[object, _View] = {}
        self._headers: dict[bool, dict[str, tuple[str, str]]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _resolved(request.path_info) if _comes_by_key_alone(request) else None
        view = self._view_of(match, request.method) if match is not None else None
        if match is None or view is None:
            return self._long_way(request)
        request.resolver_match = match
        return self._finished(request, view, view.answer(request, **match.kwargs))

    def _view_of(self, match: ResolverMatch, method: str | None) -> _View | None:
        """None for what is not for callers with a key, and for a method that it does not take."""
        view = self._views.get(match.func)
        if view is None:
            view_class: object = getattr(match.func, "view_class", None)
            if not isinstance(view_class, type) or not issubclass(view_class, ClosedView):
                return None
            view = self._views[match.func] = _View(view_class)
        return view if method in view.methods else None

    def _finished(self, request: HttpRequest, view: _View, response: HttpResponse) -> HttpResponse:
        response["Allow"] = view.allowed
        response["Content-Length"] = str(len(response.content))
        is_secure = request.is_secure()
        if is_secure not in self._headers:
            given = stored_headers(self._give_headers(request))
            self._headers[is_secure] = {name: kept for name, kept in given.items() if name != "content-type"}
        stored_headers(response).update(self._headers[is_secure])
        return response


def _chain(*middleware: Callable[[Any], Any], end: Answer) -> Answer:
    answer = end
    for each in reversed(middleware):
        answer = each(answer)
    return answer


class _View:
    """A view and what decides about its requests, made once: none of it keeps anything of a request."""

    def __init__(self, view_class: type[ClosedView]) -> None:
        self._view = view_class()
        self._view.setup(HttpRequest())  # from here on HEAD is one of its methods, too
        self._permissions = self._view.get_permissions()
        self._throttles = self._view.get_throttles()
        scopes = getattr(self._view, "required_scopes", {})
        self._handlers = {method: getattr(self._view, method.lower()) for method in _METHODS & scopes.keys()}
        self.methods = frozenset(self._handlers)
        self.allowed = ", ".join(self._view.allowed_methods)

    def answer(self, request: HttpRequest, **named_in_path: str) -> HttpResponse:
        try:
            plain: Any = _PlainRequest(request)
            return self._answer(plain, **named_in_path)
        except Exception as error:  # noqa: BLE001  as the framework does, which knows of each what it means
            return answer_exception(error, {})

    def _answer(self, request: Request, **named_in_path: str) -> HttpResponse:
        request.user = _caller_of(request)
        for permission in self._permissions:
            if not permission.has_permission(request, self._view):
                raise PermissionDenied
        for throttle in self._throttles:
            if not throttle.allow_request(request, self._view):
                raise Throttled(throttle.wait())
        self._view.refuse_what_nobody_reads(request)
        response: HttpResponse = self._handlers[request.method or ""](request, **named_in_path)
        return response


def _caller_of(request: Request) -> Any:
    try:
        caller, _ = _api_keys.authenticate(request) or (None, None)
    except AuthenticationFailed as error:
        error.auth_header = _api_keys.authenticate_header(request)  # type: ignore[attr-defined]  # the framework's way
        raise
    return caller


class _PlainRequest:
    """What views ask of the framework's request."""

    accepted_renderer = PlainRenderer()
    accepted_media_type = JSONRenderer.media_type

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.META = request.META
        self.method = request.method
        self.path = request.path

    @property
    def user(self) -> Any:
        return self._request.user

    @user.setter
    def user(self, caller: Caller) -> None:
        self._request.user = caller  # type: ignore[assignment]  # where the middleware looks for it

    @property
    def query_params(self) -> QueryDict:
        return self._request.GET

    @cached_property
    def data(self) -> Any:
        stream: Any = self._request
        return _parser.parse(stream, self.META["CONTENT_TYPE"], {"request": self})

    def build_absolute_uri(self, path: str) -> str:
        return self._request.build_absolute_uri(path)


def _comes_by_key_alone(request: HttpRequest) -> bool:
    meta = request.META
    return (
        request.path_info.startswith(_API)
        and meta.get("HTTP_AUTHORIZATION", "").startswith("Bearer ")
        and not meta.get("HTTP_COOKIE")
        and meta.get("HTTP_ACCEPT", "*/*") in _ACCEPTS
        and (request.method not in _WITH_BODY or _has_plain_body(meta))
        and (not settings.SECURE_SSL_REDIRECT or request.is_secure())
        and not is_anybody_kept_out()
        and _is_for_a_host_of_ours(request)
    )


def _has_plain_body(meta: Mapping[str, Any]) -> bool:
    length: str = meta.get("CONTENT_LENGTH") or "0"
    return meta.get("CONTENT_TYPE") in _BODIES and length.isdecimal() and int(length) > 0


def _is_for_a_host_of_ours(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


@lru_cache(_MOST_PATHS)
def _resolved(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None
