from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import config.interfaces.http.openapi  # noqa: F401  registers the security schemes
import console.admin  # noqa: F401  registers the console's pages, and nobody else's
from config.interfaces.http.error_views import answer_not_found
from config.interfaces.http.health import HealthView, LivenessView, ReadinessView

# The view whose script has an address of its own: pages have no inline scripts.
docs = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="console/api_docs.html")

# To OPTIONS it would answer with its page's template, for which there is none.
_PAGE_ONLY = {"http_method_names": ["get", "head"]}

urlpatterns = [
    path("admin/", admin.site.urls),
    path("sign-in/", include("sign_in.urls")),
    path("health/", HealthView.as_view(), name="health"),
    path("health/live/", LivenessView.as_view(), name="health-live"),
    path("health/ready/", ReadinessView.as_view(), name="health-ready"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("api/", include("payouts.api.urls")),
    # Also with DEBUG on, where Django would answer with a page of its own.
    re_path(r"^(?:api|health)/", answer_not_found),
]

handler400 = "config.interfaces.http.error_views.answer_bad_request"
handler403 = "config.interfaces.http.error_views.answer_forbidden"
handler404 = "config.interfaces.http.error_views.answer_not_found"
handler500 = "config.interfaces.http.error_views.answer_server_error"
