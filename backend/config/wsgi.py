from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.interfaces.http.admission import Admission
from config.interfaces.http.around_requests import leave_out_what_is_for_others
from config.interfaces.http.content_type import with_readable_content_type
from config.interfaces.http.host import with_host
from config.web_capacity import web_capacity

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
os.environ.setdefault("PAYOUTS_ROLE", "web")

application = Admission(with_host(with_readable_content_type(get_wsgi_application())), web_capacity())
leave_out_what_is_for_others()
# Every page is loaded here, once, and not by the first request of every process.
get_resolver().url_patterns  # noqa: B018  reading them loads them
