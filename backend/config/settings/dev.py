"""A developer's machine: everything open, nothing secret."""

from __future__ import annotations

from config.settings.base import *
from config.settings.logs import logging_configuration

DEBUG = env.bool("DJANGO_DEBUG", default=True)
SECRET_KEY = env("DJANGO_SECRET_KEY", default="insecure-for-development-only")
API_KEY_HASH_KEY = env("API_KEY_HASH_KEY", default="insecure-for-development-only")
FIELD_ENCRYPTION_KEYS = env(
    "FIELD_ENCRYPTION_KEYS", default="dev:aW5zZWN1cmUtZm9yLWRldmVsb3BtZW50LW9ubHktLS0="
)
FIELD_HASH_KEY = env("FIELD_HASH_KEY", default="insecure-for-development-only")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=env.list("ALLOWED_HOSTS", default=["*"]))
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
LOGGING = logging_configuration(level=LOG_LEVEL, log_format=env("LOG_FORMAT", default="console"))
