from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from sign_in.oidc_adapter import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_PROVIDER = {"provider_id": settings.OPENID_CONNECT_PROVIDER_ID}


def _or_refused(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view; a page instead of an error when the provider does not answer, or answers nonsense.

    The library keeps the used tokens in Redis. Without it nobody comes in this way; with a password, they do.
    """

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except (RedisError, OSError, ValueError, KeyError):
            return refused(request, "provider")

    return never_cache(answer)


# The library finds these by their names.
urlpatterns = [
    path("", require_POST(_or_refused(views.login)), _PROVIDER, name="openid_connect_login"),
    path("callback/", _or_refused(views.callback), _PROVIDER, name="openid_connect_callback"),
]
