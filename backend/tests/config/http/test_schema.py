from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from drf_spectacular.validation import validate_schema

from tests.payouts.api.schema import generated_schema

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture(scope="module")
def schema() -> Any:
    return generated_schema()


def operations(schema: Any) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for methods in schema["paths"].values()
        for operation in methods.values()
    }


def test_it_is_valid_openapi_3_1(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)  # type: ignore[no-untyped-call]


def test_it_shows_the_schema_to_everybody(client: Client) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert yaml.safe_load(response.content)["info"]["title"] == "Payouts"


def test_it_describes_every_endpoint(schema: Any) -> None:
    assert set(operations(schema)) == {
        "list_payouts",
        "create_payout",
        "get_payout",
        "change_payout_status",
        "delete_payout",
        "list_payout_events",
        "list_recipients",
        "create_recipient",
        "get_recipient",
        "update_recipient",
        "receive_rail_callback",
        "health",
        "health_live",
        "health_ready",
    }


def test_it_describes_refusals_as_problems(schema: Any) -> None:
    for name, operation in operations(schema).items():
        for status, response in operation["responses"].items():
            if status.startswith("4") and "health" not in name:
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_it_knows_both_ways_to_sign_in(schema: Any) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert (schemes["apiKey"]["type"], schemes["apiKey"]["scheme"]) == ("http", "bearer")
    assert (schemes["consoleSession"]["in"], schemes["consoleSession"]["name"]) == ("cookie", "sessionid")
    assert operations(schema)["create_payout"]["security"] == [{"apiKey": []}, {"consoleSession": []}]
    assert operations(schema)["receive_rail_callback"].get("security", [{}]) == [{}]


def test_it_loads_nothing_from_other_hosts(client: Client) -> None:
    response = client.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "swagger-ui-bundle.js" in page
    assert re.findall(r"""(?:src|href)=["'](?!/)[^"']*""", page) == []
    assert re.findall(r"https?://[^\s\"'<]+", page) == []
