from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from config.interfaces.http.content_type import with_readable_content_type

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
os.environ.setdefault("PAYOUTS_ROLE", "web")

application = with_readable_content_type(get_wsgi_application())
