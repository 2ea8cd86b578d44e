from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from access.repositories import OrganizationNotFound, get_organization
from access.selectors import list_api_keys

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from access.models import ApiKey


class Command(BaseCommand):
    help = "Lists API keys, a line each: public id, organization, state, scopes, name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", nargs="?", help="only those of the organization with this name")

    def handle(self, *, organization: str | None, **_options: Any) -> None:
        try:
            owner = get_organization(organization) if organization else None
        except OrganizationNotFound as refusal:
            raise CommandError(refusal.detail) from refusal
        for api_key in list_api_keys(owner):
            self.stdout.write("\t".join(_columns(api_key)))


def _columns(api_key: ApiKey) -> list[str]:
    state = "revoked" if api_key.revoked_at else "active"
    return [api_key.public_id, str(api_key.organization), state, ",".join(api_key.scopes), api_key.name]
