from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.application.create_organization import create_organization
from access.application.set_up_administrator import set_up_administrator
from access.caller import shell_caller
from access.environment import Environment
from access.scopes import EVERY_SCOPE
from core.actor import console_actor
from payouts.application.create_recipient import create_recipient
from payouts.domain.recipient import RecipientDetails, RecipientType

if TYPE_CHECKING:
    from access.models import Organization

DEMO_ORGANIZATION = "Demo"
DEMO_RECIPIENT = RecipientDetails(
    type=RecipientType.INDIVIDUAL,
    name="John Doe",
    account_number="UA1234567890",
    bank_code="MFO123",
    country="UA",
)


class Command(BaseCommand):
    help = (
        "Makes a test organization, an administrator (password from DEMO_ADMIN_PASSWORD), an API key with "
        "every scope and a recipient, and prints what to use them with as one line of JSON."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        password = os.environ.get("DEMO_ADMIN_PASSWORD")
        if not password:
            raise CommandError("Set DEMO_ADMIN_PASSWORD to the password that the administrator shall have.")
        organization = create_organization(
            name=DEMO_ORGANIZATION, environment=Environment.TEST, actor=console_actor()
        )
        administrator = set_up_administrator(
            username="admin", password=password, organization=organization, actor=console_actor()
        )
        token = create_api_key(
            organization=organization,
            name="demo",
            scopes=EVERY_SCOPE,
            grantable=EVERY_SCOPE,
            actor=console_actor(),
            now=timezone.now(),
        )
        credentials = {
            "api_key": token.reveal(),
            "recipient_id": _recipient_of(organization),
            "admin": {"username": administrator.get_username(), "password": password},
        }
        self.stdout.write(json.dumps(credentials))


def _recipient_of(organization: Organization) -> int:
    caller = shell_caller(organization_id=organization.pk, environment=Environment(organization.environment))
    return create_recipient(caller=caller, details=DEMO_RECIPIENT).pk
