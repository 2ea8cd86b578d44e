"""Who uses the console in its tests, and what they find there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.test import Client

from access.models import ApiKey, Membership, Operator
from events.models import Event, PendingEvent
from infrastructure.payouts.cache import cached_page
from payouts.application.change_status import change_status
from payouts.domain.status import Status
from payouts.models import PayoutAttempt
from tests.factories import NOON, make_caller, make_key, make_organization, make_payout, make_recipient

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from access.models import Organization
    from access.roles import Role
    from payouts.models import Payout, Recipient

# What the admin of each model is called in addresses, and whether it is money's.
MONEY_MODELS = ("payouts_payout", "payouts_payoutattempt", "events_event", "events_pendingevent")
# Their pages are of the console's own making.
RECORD_PAGES = ("payouts_payout", "payouts_payoutattempt")
ORGANIZATION_MODELS = (*MONEY_MODELS, "payouts_recipient", "access_apikey", "access_organization")
# Those whose records have a page of their own making, which says itself that there is no such record.
OWN_PAGES = {"payouts_payout", "payouts_payoutattempt", "payouts_recipient", "events_event"}
PEOPLE_MODELS = ("access_operator", "auth_group")


def make_operator(
    username: str,
    *organizations: Organization,
    permissions: str = "",
    superuser: bool = False,
    role: Role | None = None,
) -> Operator:
    """A member of staff with the role, or with every permission whose code name begins with `permissions`."""
    operator = Operator.objects.create_user(
        username=username, password="secret", is_staff=True, is_superuser=superuser
    )
    for organization in organizations:
        Membership.objects.create(operator=operator, organization=organization)
    if role is None:
        operator.user_permissions.set(Permission.objects.filter(codename__startswith=permissions))
    else:
        operator.groups.add(Group.objects.get(name=role.value))
    return operator


def sign_in(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@dataclass(frozen=True)
class Records:
    """One record of each kind of one organization. The payout is NEW, the attempt another payout's."""

    organization: Organization
    recipient: Recipient
    payout: Payout
    attempt: PayoutAttempt
    api_key: ApiKey
    event: Event

    def id_of(self, model: str) -> int:
        objects = {
            "payouts_payout": self.payout,
            "payouts_payoutattempt": self.attempt,
            "payouts_recipient": self.recipient,
            "events_event": self.event,
            "events_pendingevent": PendingEvent.objects.get(pk=self.event.pk),
            "access_apikey": self.api_key,
            "access_organization": self.organization,
        }
        return int(objects[model].pk)


def make_records(name: str) -> Records:
    organization = make_organization(name)
    recipient = make_recipient(organization, name=f"Payee of {name}")
    payout, other_payout = make_payout(recipient), make_payout(recipient)
    take_over(other_payout)
    make_key(organization)
    return Records(
        organization=organization,
        recipient=recipient,
        payout=payout,
        attempt=PayoutAttempt.objects.get(payout=other_payout),
        api_key=ApiKey.objects.get(organization=organization),
        event=Event.objects.filter(organization_id=organization.pk).latest("id"),
    )


def take_over(payout: Payout) -> None:
    change_status(
        caller=make_caller(payout.organization),
        payout_id=payout.pk,
        target=Status.PROCESSING,
        reason="test",
        now=NOON,
    )


def text_of(response: Answer) -> str:
    return response.content.decode()


def event_types(organization: Organization) -> list[str]:
    events = Event.objects.filter(organization_id=organization.pk)
    return list(events.order_by("id").values_list("type", flat=True))


def read_list(records: Records, content: str) -> str:
    """What is cached of the organization's list of payouts, or this content when it was not cached."""
    return cached_page(organization_id=records.organization.pk, page_key="console", build=lambda: content)
