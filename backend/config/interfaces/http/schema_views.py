from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from payouts.api.closed_view import ClosedView
from payouts.api.fields import refuse_unknown

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

# With this one the page asks for its script, which has an address of its own: pages have no inline scripts.
_SCRIPT = "script"


class SchemaView(ClosedView, SpectacularAPIView):
    """There is one version of the schema, in one language; the names of others would end up in a header."""


class DocumentationView(ClosedView, SpectacularSwaggerSplitView):
    """A page of HTML: OPTIONS has no template to be answered by."""

    http_method_names = ["get", "head"]
    query_readers = ("GET",)
    template_name = "console/api_docs.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        unknown = [name for name in request.query_params if name != _SCRIPT]
        refuse_unknown(unknown, "There is no such parameter.")
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return response
