from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from payouts.api.closed_view import ClosedView


class SchemaView(ClosedView, SpectacularAPIView):
    """There is one version of the schema, in one language; the names of others would end up in a header."""


class DocumentationView(ClosedView, SpectacularSwaggerView):
    """A page of HTML: OPTIONS has no template to be answered by."""

    http_method_names = ["get", "head"]
