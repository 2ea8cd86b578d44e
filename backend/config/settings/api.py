"""How the REST framework answers, and what the schema says of it."""

from __future__ import annotations

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "access.authentication.ApiKeyAuthentication",
        "sign_in.authentication.ProvenSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.HasRequiredScope"],
    "DEFAULT_THROTTLE_CLASSES": ["config.interfaces.http.rates.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["config.interfaces.http.json_parser.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.interfaces.http.problems.answer_exception",
    "UNAUTHENTICATED_USER": None,
    "NON_FIELD_ERRORS_KEY": "",  # the framework's own is a name that a client could send
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Payouts",
    "DESCRIPTION": (
        "Pay people: one request, one payment, evidence for every end.\n\n"
        "Text of the format `visible-text` is taken in any script, and kept in Unicode's form NFC, in which "
        "its length counts. It neither begins nor ends with a blank, does not begin with a combining mark, "
        "and holds no character that cannot be seen or that reorders others; joiners and variation selectors "
        "stand only where a script or an emoji needs them."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    # Left to its default, the icon alone would be fetched from another host.
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # What a PATCH needs is said by its own serializer.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.interfaces.http.openapi.complete",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
