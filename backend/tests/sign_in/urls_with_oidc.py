"""The service's addresses, as they are where there is an OpenID provider."""

from __future__ import annotations

from django.urls import include, path

from config.urls import urlpatterns as usual

urlpatterns = [path("sign-in/company/", include("sign_in.oidc_urls")), *usual]
