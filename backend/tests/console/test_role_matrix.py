"""Every page and verb of the console, asked by every role: who gets how far, and that the refused change nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse

from access.roles import PERMISSIONS, Role
from tests.access.test_access_matrix import written
from tests.console.cast import Records, make_operator, sign_in
from tests.console.doors import ADDS, NOBODY, PAGES, SUPERUSERS, VERBS, VIEWS, all_names
from tests.payouts.models.test_settlement import make_settlement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

Cell = tuple[str, str, str, str]
"""Method, address, the permission that it takes, and what it is called."""


def implemented(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from implemented(entry)
        elif entry.name:
            yield entry.name


def test_it_has_a_row_for_every_address() -> None:
    console = next(
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and entry.namespace == "admin"
    )
    assert set(implemented(console)) == all_names()


def cells(ids: dict[str, int]) -> Iterator[Cell]:
    """`ids` has a record of each model."""
    for model, view in VIEWS.items():
        of_record = {
            page: reverse(f"admin:{model}_{page}", args=[ids[model]]) for page in ("change", "delete")
        }
        yield "get", reverse(f"admin:{model}_changelist"), view, f"the list of {model}"
        yield "get", of_record["change"], view, f"the page of {model}"
        yield "post", of_record["delete"], NOBODY, f"to delete {model}"
        for method in ("get", "post"):
            yield method, reverse(f"admin:{model}_add"), ADDS.get(model, NOBODY), f"to add {model}"
    for name, permission in VERBS.items():
        model = "_".join(name.split("_")[:2])
        for method in ("get", "post"):
            yield method, reverse(f"admin:{name}", args=[ids[model]]), permission, name
    for name, (method, permission) in PAGES.items():
        yield method, reverse(f"admin:{name}"), permission, name


def holders(permission: str) -> set[str]:
    if permission in {SUPERUSERS, NOBODY}:
        return {permission} - {NOBODY}
    return {SUPERUSERS} | {role.value for role in Role if permission in PERMISSIONS[role]}


def judge(client: Client, who: str, cell: Cell) -> str:
    """What is wrong about the cell, if anything."""
    method, url, permission, name = cell
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # what must be an outermost block lies in it
    with undone, written() as writes:
        status = getattr(client, method)(url).status_code
        transaction.set_rollback(True)
    if who in holders(permission):
        return f"{method} {name} by {who}: {status}" if status >= HTTPStatus.BAD_REQUEST else ""
    if status != HTTPStatus.FORBIDDEN:
        return f"{method} {name} by {who}: {status} instead of 403"
    return f"{method} {name} by {who}: refused, but {writes}" if writes else ""


@pytest.mark.no_cover  # others run these lines; here they run very often
@pytest.mark.parametrize("who", [*(role.value for role in Role), SUPERUSERS, "no role"])
def test_it_answers_every_cell_as_expected(acme: Records, who: str) -> None:
    colleague = make_operator("nina", acme.organization, role=Role.VIEWER)
    role = Role(who) if who in set(Role) else None
    client = sign_in(
        make_operator("olga", acme.organization, role=role, permissions="-", superuser=who == SUPERUSERS)
    )
    others = {
        "access_operator": colleague.pk,
        "auth_group": Group.objects.get(name="Viewer").pk,
        "payouts_settlement": make_settlement(acme.attempt.payout).pk,
    }
    ids = others | {model: acme.id_of(model) for model in VIEWS if model not in others}

    wrong = [found for cell in cells(ids) if (found := judge(client, who, cell))]

    assert not wrong


def test_it_lets_nobody_in_who_is_no_staff(acme: Records) -> None:
    joe = make_operator("joe", acme.organization, role=Role.ADMINISTRATOR)
    joe.is_staff = False
    joe.save()

    answer = sign_in(joe).get(reverse("admin:payouts_payout_changelist"), follow=True)

    assert answer.status_code == HTTPStatus.FORBIDDEN
