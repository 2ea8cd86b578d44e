from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions
from django.db.models.signals import post_migrate

from access.roles import PERMISSIONS

if TYPE_CHECKING:
    from django.apps.registry import Apps


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        post_migrate.connect(_keep_roles, sender=self, dispatch_uid="access.keep_roles")


def _keep_roles(*, apps: Apps = global_apps, using: str, **_signal: Any) -> None:
    """After each `migrate`, and each time that a test has emptied the database.

    Django makes the permissions of an application when it comes to it; those that come after this one are
    needed now.
    """
    from access.application.keep_roles import keep_roles  # noqa: PLC0415  needs the app registry

    if "group" not in apps.all_models["auth"]:  # when everything is migrated back
        return
    labels = {name.partition(".")[0] for permissions in PERMISSIONS.values() for name in permissions}
    for label in sorted(labels):
        create_permissions(global_apps.get_app_config(label), verbosity=0, using=using, apps=apps)
    keep_roles()
