"""What answers tell browsers: which content a page may have, who may frame it, what leaves with a link."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# For every answer but pages: a browser that is made to show one can do nothing with it.
OTHER_CONTENT_POLICY = {
    "default-src": [NONE],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
}


def page_content_policy(form_targets: list[str]) -> dict[str, list[str]]:
    """For pages. `form_targets` are further origins to which the answer to a form may send the browser."""
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the code that an authenticator app reads, and the icons of the docs
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *form_targets],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }


def origin_of(url: str) -> list[str]:
    """The origin of an address, as a list that is empty when there is no address."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


# What pages may ask the browser for: nothing but the security keys of the sign-in.
PERMISSIONS_POLICY = ", ".join(
    [
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer",
                "camera",
                "display-capture",
                "geolocation",
                "gyroscope",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "usb",
            )
        ),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)
