from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.views import APIView

from core.http_methods import known_method
from payouts.api.fields import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest
    from rest_framework.request import Request


class ClosedView(APIView):
    """Refuses, by name, the parameters of a query that nobody would read: a typing error is never a success.

    What reads its query itself is named in `query_readers`, and refuses what it does not know.
    """

    query_readers: Collection[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Called once it is known who asks, and that they may."""
        super().initial(request, *args, **kwargs)
        self.refuse_what_nobody_reads(request)

    def refuse_what_nobody_reads(self, request: Request) -> None:
        """Raises ValidationError."""
        if not request.META.get("QUERY_STRING"):
            return
        # The framework answers HEAD by GET.
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.query_readers and self.handler_of(method) is not None:
            refuse_unknown(request.query_params, "There is no such parameter.")

    def http_method_not_allowed(
        self, request: HttpRequest | Request, *_args: Any, **_kwargs: Any
    ) -> NoReturn:
        """Without the method's own words, which may hold anything."""
        raise MethodNotAllowed(known_method(request.method))

    def handler_of(self, method: str | None) -> object:
        """None for a method that the view does not take, which is the better thing to say of the request."""
        return getattr(self, (method or "").lower(), None)
