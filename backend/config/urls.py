from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

import config.interfaces.http.openapi  # noqa: F401  registers the security schemes
import console.admin  # noqa: F401  registers the console's pages, and nobody else's
from config.interfaces.http.error_views import answer_not_found
from config.interfaces.http.health import HealthView, LivenessView, ReadinessView
from config.interfaces.http.metrics import show_metrics
from config.interfaces.http.schema_views import DocumentationView, SchemaView
from payouts.api.urls import urlpatterns as api_patterns

urlpatterns = [
    # First, since they are tried one after the other and most requests are for these.
    *api_patterns,
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", DocumentationView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    path("sign-in/", include("sign_in.urls")),
    path("health/", HealthView.as_view(), name="health"),
    path("health/live/", LivenessView.as_view(), name="health-live"),
    path("health/ready/", ReadinessView.as_view(), name="health-ready"),
    path("metrics", show_metrics, name="metrics"),
    # Also with DEBUG on, where Django would answer with a page of its own. Nothing is done here that a forged
    # request could do: the answer is the same for all.
    re_path(r"^(?:api|health)/", csrf_exempt(answer_not_found)),
]

handler400 = "config.interfaces.http.error_views.answer_bad_request"
handler403 = "config.interfaces.http.error_views.answer_forbidden"
handler404 = "config.interfaces.http.error_views.answer_not_found"
handler500 = "config.interfaces.http.error_views.answer_server_error"
