"""Parts of pages that ask for themselves anew (`live.js`) while somebody may be looking."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sign_in.polls import poll

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest

    View = Callable[[HttpRequest], HttpResponse]


def polled(site: AdminSite, view: View) -> View:
    """The view for those whom the site lets in.

    Others are told to load the page that is open, which is how they come to the sign-in: what was on the
    screen does not stay there.
    """

    @poll
    @never_cache
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if not site.has_permission(request):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return view(request)

    return answer
