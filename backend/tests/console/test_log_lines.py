from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client
    from structlog.typing import EventDict

    from tests.console.cast import Records


def test_it_says_for_which_organization_an_operator_works(
    member: Client, acme: Records, log_lines: list[EventDict]
) -> None:
    member.get("/admin/")

    (line,) = [line for line in log_lines if line["event"] == "request"]
    assert (line["route"], line["organization_id"]) == ("admin/", acme.organization.pk)
