from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from access.scopes import EVERY_SCOPE, Scope
from tests.factories import make_caller, make_organization

if TYPE_CHECKING:
    from collections.abc import Collection

    from rest_framework.request import Request

pytestmark = pytest.mark.django_db


class Door(APIView):
    required_scopes = {"GET": Scope.EVENTS_READ}

    def get(self, request: Request) -> Response:  # noqa: ARG002  the framework's signature
        return Response()


class ForgottenDoor(APIView):
    """Its author did not say who may pass."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  the framework's signature
        return Response()


def knock(door: type[APIView], scopes: Collection[Scope] | None, method: str = "get") -> int:
    request = getattr(APIRequestFactory(), method)("/")
    if scopes is not None:
        caller: Any = make_caller(make_organization(), scopes)
        force_authenticate(request, user=caller)
    return door.as_view()(request).status_code


def test_it_lets_through_who_has_the_scope_that_the_view_names() -> None:
    assert knock(Door, {Scope.EVENTS_READ}) == 200


def test_it_stops_who_has_every_other_scope() -> None:
    assert knock(Door, EVERY_SCOPE - {Scope.EVENTS_READ}) == 403


def test_it_stops_who_is_nobody() -> None:
    assert knock(Door, None) == 401


def test_it_stops_everybody_at_a_view_that_names_no_scopes() -> None:
    assert knock(ForgottenDoor, EVERY_SCOPE) == 403


def test_it_leaves_a_method_that_the_view_has_not_to_the_answer_405() -> None:
    assert knock(Door, set(), "delete") == 405


def test_it_takes_no_user_of_another_kind_for_a_caller() -> None:
    request = APIRequestFactory().get("/")
    stranger: Any = object()
    force_authenticate(request, user=stranger)

    assert Door.as_view()(request).status_code == 403
