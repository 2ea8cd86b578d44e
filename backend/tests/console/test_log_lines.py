from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest
    from django.test import Client

    from tests.console.cast import Records


def test_it_says_for_which_organization_an_operator_works(
    member: Client, acme: Records, caplog: pytest.LogCaptureFixture
) -> None:
    member.get("/admin/")

    lines: list[dict[str, Any]] = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["route"], line["organization_id"]) == ("admin/", acme.organization.pk)
