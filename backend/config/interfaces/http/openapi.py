"""What the schema could not know from the views. Importing this registers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "pk_…"}


class ConsoleSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "sign_in.authentication.ProvenSessionAuthentication"
    name = "consoleSession"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A console session; writes need the X-CSRFToken header as well.",
        }


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "payouts.api.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # noqa: SLF001  the documented way
        for field in schema.get("properties", {}).values():
            # An empty text would fit both: as its own alternative, and as text of any length.
            if "oneOf" in field:
                field["anyOf"] = field.pop("oneOf")
        return {**schema, "additionalProperties": False, **self.target.documented_as}


_ID_OF_WHAT_IS_CREATED = "$response.body#/id"
_LINKS = {
    "create_payout": {
        name: {"operationId": operation, "parameters": {"payout_id": _ID_OF_WHAT_IS_CREATED}}
        for name, operation in {
            "get": "get_payout",
            "events": "list_payout_events",
            "change_status": "change_payout_status",
            "delete": "delete_payout",
        }.items()
    },
    "create_recipient": {
        "get": {"operationId": "get_recipient", "parameters": {"recipient_id": _ID_OF_WHAT_IS_CREATED}},
        "update": {"operationId": "update_recipient", "parameters": {"recipient_id": _ID_OF_WHAT_IS_CREATED}},
        "pay": {"operationId": "create_payout", "requestBody": {"recipient_id": _ID_OF_WHAT_IS_CREATED}},
    },
}


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say that bodies are needed, and what can be asked about an object once it has been made."""
    for methods in result["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            if links := _LINKS.get(operation["operationId"]):
                operation["responses"]["201"]["links"] = links
    return result
