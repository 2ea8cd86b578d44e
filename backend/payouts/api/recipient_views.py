"""Recipients over HTTP. Each method: read the request, one use case or selector, answer."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema

from access.scopes import Scope
from database.positions import beyond
from infrastructure.payouts.cache import bump_list_version
from payouts.api.callers import caller_of, read_recipient_id
from payouts.api.closed_view import ClosedView
from payouts.api.documentation import LOCATION, answers, id_in_path
from payouts.api.json_answers import json_answer
from payouts.api.pagination import CursorSigner, Order, answer_of, location_of, page_of, slice_of
from payouts.api.query_parameters import PageQuery, read_page_query
from payouts.api.representations import (
    RecipientPageShape,
    RecipientWithHintShape,
    represent_recipient,
    represent_recipient_with_hint,
)
from payouts.api.serializers import (
    ChangeRecipientBody,
    CreateRecipientBody,
    read_recipient_changes,
    read_recipient_details,
)
from payouts.application.create_recipient import create_recipient
from payouts.application.update_recipient import update_recipient
from payouts.selectors import get_recipient, list_recipients

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

    from access.caller import Caller
    from payouts.models import Recipient

_RECIPIENT_ID = id_in_path("recipient_id")


class RecipientsView(ClosedView):
    query_readers = ("GET",)
    required_scopes = {
        "GET": Scope.RECIPIENTS_READ,
        "POST": Scope.RECIPIENTS_WRITE,
    }

    @extend_schema(
        operation_id="list_recipients",
        tags=["recipients"],
        parameters=[PageQuery],
        responses=answers({200: RecipientPageShape}, 400),
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first, twenty a page."""
        caller = caller_of(request)
        query = read_page_query(request.query_params)
        signer = CursorSigner("recipients", caller.organization_id, query.canonical)
        cursor = signer.read(query.cursor)
        recipients = list_recipients(organization_id=caller.organization_id)
        found = slice_of(partial(beyond, recipients), cursor, query.page_size, order=Order.NEWEST_FIRST)
        return json_answer(request, answer_of(request, page_of(found, signer, _represent(caller))))

    @extend_schema(
        operation_id="create_recipient",
        tags=["recipients"],
        parameters=[LOCATION],
        request=CreateRecipientBody,
        responses=answers({201: RecipientWithHintShape}, 400, 413, 415),
    )
    def post(self, request: Request) -> HttpResponse:
        caller = caller_of(request)
        recipient = create_recipient(caller=caller, details=read_recipient_details(request.data))
        return json_answer(
            request,
            _represent_one(caller, recipient),
            status=HTTPStatus.CREATED,
            headers={"Location": location_of(request, recipient.pk)},
        )


class RecipientView(ClosedView):
    required_scopes = {
        "GET": Scope.RECIPIENTS_READ,
        "PATCH": Scope.RECIPIENTS_WRITE,
    }

    @extend_schema(
        operation_id="get_recipient",
        tags=["recipients"],
        parameters=[_RECIPIENT_ID],
        responses=answers({200: RecipientWithHintShape}, 404),
    )
    def get(self, request: Request, recipient_id: str) -> HttpResponse:
        caller = caller_of(request)
        recipient = get_recipient(
            organization_id=caller.organization_id, recipient_id=read_recipient_id(recipient_id)
        )
        return json_answer(request, _represent_one(caller, recipient))

    @extend_schema(
        operation_id="update_recipient",
        tags=["recipients"],
        parameters=[_RECIPIENT_ID],
        request=ChangeRecipientBody,
        responses=answers({200: RecipientWithHintShape}, 400, 404, 409, 413, 415),
    )
    def patch(self, request: Request, recipient_id: str) -> HttpResponse:
        """Change some fields. A payout that was created before keeps the details of its creation."""
        caller = caller_of(request)
        updated = update_recipient(
            caller=caller,
            recipient_id=read_recipient_id(recipient_id),
            changes=read_recipient_changes(request.data),
            now=timezone.now(),
        )
        # Deactivating holds payouts, and activating releases them: the list of payouts shows both.
        bump_list_version(caller.organization_id)
        return json_answer(request, _represent_one(caller, updated.recipient))


def _represent(caller: Caller) -> partial[dict[str, Any]]:
    return partial(represent_recipient, sees_bank_details=caller.sees_bank_details)


def _represent_one(caller: Caller, recipient: Recipient) -> dict[str, Any]:
    return represent_recipient_with_hint(recipient, sees_bank_details=caller.sees_bank_details)
