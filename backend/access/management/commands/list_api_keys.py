from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from access.management.refusals import told_as_command_errors
from access.repositories import get_organization
from access.selectors import list_api_keys

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from datetime import datetime

    from access.models import ApiKey


class Command(BaseCommand):
    help = (
        "Lists API keys, a line each: public id, organization, state, scopes, expiry, networks, last use (to "
        "the minute), the key it took over from, name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", nargs="?", help="only those of the organization with this name")

    def handle(self, *, organization: str | None, **_options: Any) -> None:
        with told_as_command_errors():
            owner = get_organization(organization) if organization else None
        now = timezone.now()
        for api_key in list_api_keys(owner):
            self.stdout.write("\t".join(_columns(api_key, now)))


def _columns(api_key: ApiKey, now: datetime) -> list[str]:
    return [
        api_key.public_id,
        str(api_key.organization),
        api_key.state_at(now),
        ",".join(api_key.scopes),
        f"made {_moment(api_key.created_at)}",
        f"expires {_moment(api_key.expires_at)}",
        f"from {','.join(api_key.allowed_networks) or 'everywhere'}",
        f"last used {_moment(api_key.last_used_at)}",
        f"after {api_key.rotated_from.public_id if api_key.rotated_from else 'none'}",
        api_key.name,
    ]


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else "never"
