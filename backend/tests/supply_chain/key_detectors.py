"""What this service's own secrets look like. Loaded by detect-secrets, which .secrets.baseline tells of this file."""

from __future__ import annotations

import re

from detect_secrets.plugins.base import RegexBasedDetector


class ApiKeyDetector(RegexBasedDetector):
    """Public id and secret: the public id alone, which logs may show, is none."""

    secret_type = "API key of this service"
    denylist = (re.compile(r"pk_(?:live|test)_[0-9A-Za-z]{6,}_[0-9A-Za-z]{20,}"),)


class CallbackSecretDetector(RegexBasedDetector):
    """The Standard Webhooks scheme: a prefix, and the key in base64."""

    secret_type = "Callback secret"
    denylist = (re.compile(r"whsec_[0-9A-Za-z+/_-]{16,}={0,2}"),)
