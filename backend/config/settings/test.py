"""Tests: real PostgreSQL and Valkey, whose addresses the test session puts into the environment."""

from __future__ import annotations

from config.settings.base import *

SECRET_KEY = "for-tests-only"
API_KEY_HASH_KEY = "for-tests-only"
FIELD_ENCRYPTION_KEYS = env(
    "FIELD_ENCRYPTION_KEYS", default="test:Zm9yLXRlc3RzLW9ubHktZm9yLXRlc3RzLW9ubHktLS0="
)
FIELD_HASH_KEY = "for-tests-only"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Test processes share one server, and their databases have the same ids.
CACHES["default"]["KEY_PREFIX"] = env("PYTEST_XDIST_WORKER", default="tests")
# All tests come from one address; those of the rates set their own.
API_KEY_RATE = OPERATOR_RATE = ANONYMOUS_RATE = 1_000_000_000
WHITENOISE_AUTOREFRESH = True  # no folder of collected files is expected
DATABASES["default"]["ENGINE"] = "tests.postgresql"
# A transaction that waits for another one in a test waits for ever or for long; say so early.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# "whsec_" and 24 bytes in base64, as the Standard Webhooks scheme writes its secrets.
SANDBOX_BANK_CALLBACK_SECRET = "whsec_dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0"
