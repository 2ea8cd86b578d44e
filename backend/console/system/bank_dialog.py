"""Making the sandbox bank misbehave, to see what the service makes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.messages import error
from django.core.exceptions import PermissionDenied
from django.urls import path, reverse

from access.models import Organization
from console.frame.callers import caller_for
from console.frame.dialogs import Dialog, ReasonForm, go_to
from console.system.page import MAY_SWITCH_BANK, switching_organization
from payouts.application.switch_sandbox_bank import switch_sandbox_bank
from payouts.domain.sandbox_bank import LONGEST_MS, BankNotReached, Behaviour
from payouts.rails import sandbox_bank

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class BehaviourForm(ReasonForm):
    latency_ms = forms.IntegerField(
        min_value=0, max_value=LONGEST_MS, label="Latency", help_text="Milliseconds before an answer leaves"
    )
    in_flight_ms = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_MS,
        label="In flight",
        help_text="Milliseconds between the answer and the execution",
    )
    lost_reply_rate = forms.FloatField(
        min_value=0, max_value=1, label="Lost replies", help_text="Share executed and never answered, 0 to 1"
    )
    error_rate = forms.FloatField(
        min_value=0, max_value=1, label="Errors", help_text="Share answered with an error, 0 to 1"
    )
    idempotent = forms.BooleanField(
        required=False, label="Keys are looked at", help_text="Off: a repeated order executes again"
    )

    field_order = ("latency_ms", "in_flight_ms", "lost_reply_rate", "error_rate", "idempotent", "reason")


@dataclass(frozen=True)
class _Page:
    """Stands where a record's dialog has the admin of its model."""

    admin_site: AdminSite


class SwitchBank(Dialog[Organization]):
    """Of no record's page: the current organization switches the bank, for all test organizations."""

    name, title, button = "sandbox_bank", "Switch the sandbox bank", "Switch the bank"
    explanation = "It holds for the payouts of every test organization here, until it is switched back."
    permission = MAY_SWITCH_BANK
    form_class = BehaviourForm

    def make_form(self, record: Organization | None, data: Any = None) -> forms.Form:  # noqa: ARG002  of no record
        """With the switches as they are. Raises BankNotReached."""
        if data is not None:
            return BehaviourForm(data)
        return BehaviourForm(initial=asdict(sandbox_bank().read_behaviour()))

    def get(self, request: HttpRequest, object_id: str = "") -> HttpResponse:
        try:
            return super().get(request, object_id)
        except BankNotReached as refusal:
            error(request, refusal.detail)
            return go_to(request, reverse("admin:system"))

    def post(self, request: HttpRequest, object_id: str = "") -> HttpResponse:
        return super().post(request, object_id)

    def act(self, request: HttpRequest, record: Organization, entered: dict[str, Any]) -> str:
        reason = entered.pop("reason")
        switch_sandbox_bank(
            caller=caller_for(request, record),
            bank=sandbox_bank(),
            behaviour=Behaviour(**entered),
            reason=reason,
            is_allowed=settings.SANDBOX_BANK_SWITCHES,
        )
        return "The sandbox bank is switched."

    def address_after(self, record: Organization) -> str:  # noqa: ARG002  of no record
        return reverse("admin:system")

    def _get_record(self, request: HttpRequest, object_id: str) -> Organization:  # noqa: ARG002  of no record
        organization = switching_organization(request)
        if organization is None:
            raise PermissionDenied
        return organization

    @classmethod
    def url_for(cls, site: Any) -> URLPattern:
        """Of a site: there is no admin of one model behind it."""
        view = site.admin_view(cls.as_view(admin=_Page(site)))
        pattern: URLPattern = path("system/sandbox-bank/", view, name="switch_sandbox_bank")
        return pattern
