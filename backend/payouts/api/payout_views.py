"""Payouts over HTTP. Each method: read the request, one use case or selector, answer."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from access.scopes import Scope
from database.positions import beyond
from infrastructure.payouts.cache import bump_list_version, cached_page
from payouts.api.callers import caller_of, read_payout_id
from payouts.api.closed_view import ClosedView
from payouts.api.documentation import (
    IDEMPOTENCY_KEY,
    IDEMPOTENT_REPLAYED,
    LOCATION,
    METADATA_FILTER,
    answers,
    id_in_path,
)
from payouts.api.json_answers import json_answer
from payouts.api.pagination import CursorSigner, Order, answer_of, location_of, page_of, slice_of
from payouts.api.query_parameters import PageQuery, PayoutListQuery, read_page_query, read_payout_list_query
from payouts.api.rendered_pages import RenderedPage
from payouts.api.representations import (
    EventPageShape,
    PayoutPageShape,
    PayoutShape,
    represent_event,
    represent_payout,
)
from payouts.api.serializers import (
    ChangeStatusBody,
    CreatePayoutBody,
    read_payout_request,
    read_status_change,
)
from payouts.application.change_status import change_status
from payouts.application.create_payout import create_payout
from payouts.application.delete_payout import delete_payout
from payouts.rails import default_rail
from payouts.selectors import get_payout, list_payout_events, list_payouts_beyond

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

    from access.caller import Caller
    from payouts.api.query_parameters import ListQuery
    from payouts.application.create_payout import CreatedPayout

_PAYOUT_ID = id_in_path("payout_id")


class PayoutsView(ClosedView):
    query_readers = ("GET",)
    required_scopes = {
        "GET": Scope.PAYOUTS_READ,
        "POST": Scope.PAYOUTS_CREATE,
    }

    @extend_schema(
        operation_id="list_payouts",
        tags=["payouts"],
        parameters=[PayoutListQuery, METADATA_FILTER],
        responses=answers({200: PayoutPageShape}, 400),
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first, twenty a page."""
        query = read_payout_list_query(request.query_params)
        return _page(caller_of(request), query).answer(request)

    @extend_schema(
        operation_id="create_payout",
        tags=["payouts"],
        parameters=[IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, LOCATION],
        request=CreatePayoutBody,
        responses=answers({201: PayoutShape, 200: PayoutShape}, 400, 404, 409, 413, 415, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        """Make the one payout that the key names. Sending the same again answers 200 with the same payout."""
        caller = caller_of(request)
        payout_request = read_payout_request(request.data, request.META.get("HTTP_IDEMPOTENCY_KEY"))
        created = create_payout(caller=caller, request=payout_request, rail=default_rail(caller.environment))
        return _answer_created(request, caller, created)


class PayoutView(ClosedView):
    required_scopes = {
        "GET": Scope.PAYOUTS_READ,
        "PATCH": Scope.PAYOUTS_ADMIN,
        "DELETE": Scope.PAYOUTS_ADMIN,
    }

    @extend_schema(
        operation_id="get_payout",
        tags=["payouts"],
        parameters=[_PAYOUT_ID],
        responses=answers({200: PayoutShape}, 404),
    )
    def get(self, request: Request, payout_id: str) -> HttpResponse:
        caller = caller_of(request)
        payout = get_payout(organization_id=caller.organization_id, payout_id=read_payout_id(payout_id))
        return json_answer(request, _represent(caller)(payout))

    @extend_schema(
        operation_id="change_payout_status",
        tags=["payouts"],
        parameters=[_PAYOUT_ID],
        request=ChangeStatusBody,
        responses=answers({200: PayoutShape}, 400, 404, 409, 413, 415),
    )
    def patch(self, request: Request, payout_id: str) -> HttpResponse:
        """Move a payout by hand. NEW to PROCESSING means that a person pays it: no worker touches it then."""
        caller = caller_of(request)
        target, reason = read_status_change(request.data)
        payout = change_status(
            caller=caller,
            payout_id=read_payout_id(payout_id),
            target=target,
            reason=reason,
            now=timezone.now(),
        )
        bump_list_version(caller.organization_id)
        return json_answer(request, _represent(caller)(payout))

    @extend_schema(
        operation_id="delete_payout",
        tags=["payouts"],
        parameters=[_PAYOUT_ID],
        responses=answers({204: None}, 404, 409),
    )
    def delete(self, request: Request, payout_id: str) -> Response:
        """Take back a mistake: only a NEW payout that was never attempted. Its key stays taken."""
        caller = caller_of(request)
        delete_payout(caller=caller, payout_id=read_payout_id(payout_id), now=timezone.now())
        bump_list_version(caller.organization_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class PayoutEventsView(ClosedView):
    query_readers = ("GET",)
    required_scopes = {"GET": Scope.EVENTS_READ}

    @extend_schema(
        operation_id="list_payout_events",
        tags=["payouts"],
        parameters=[_PAYOUT_ID, PageQuery],
        responses=answers({200: EventPageShape}, 400, 404),
    )
    def get(self, request: Request, payout_id: str) -> HttpResponse:
        """The payout's history, oldest first."""
        organization_id = caller_of(request).organization_id
        query = read_page_query(request.query_params)
        signer = CursorSigner(request.path, organization_id, query.canonical)
        cursor = signer.read(query.cursor)
        events = list_payout_events(organization_id=organization_id, payout_id=read_payout_id(payout_id))
        found = slice_of(partial(beyond, events), cursor, query.page_size, order=Order.OLDEST_FIRST)
        return json_answer(request, answer_of(request, page_of(found, signer, represent_event)))


def _page(caller: Caller, query: ListQuery) -> RenderedPage:
    signer = CursorSigner("payouts", caller.organization_id, query.canonical)
    cursor = signer.read(query.cursor)

    def build() -> str:
        find_beyond = partial(
            list_payouts_beyond, organization_id=caller.organization_id, filters=query.filters
        )
        found = slice_of(find_beyond, cursor, query.page_size, order=Order.NEWEST_FIRST)
        return RenderedPage.of(page_of(found, signer, _represent(caller))).write()

    text = cached_page(
        organization_id=caller.organization_id,
        page_key=signer.page_key(caller.sees_bank_details, query.page_size, query.cursor),
        build=build,
    )
    return RenderedPage.read(text)


def _answer_created(request: Request, caller: Caller, created: CreatedPayout) -> HttpResponse:
    body = _represent(caller)(created.payout)
    if created.is_replay:
        return json_answer(request, body, headers={"Idempotent-Replayed": "true"})
    bump_list_version(caller.organization_id)
    location = location_of(request, created.payout.pk)
    return json_answer(request, body, status=HTTPStatus.CREATED, headers={"Location": location})


def _represent(caller: Caller) -> partial[dict[str, Any]]:
    return partial(represent_payout, sees_bank_details=caller.sees_bank_details)
