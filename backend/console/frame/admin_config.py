from __future__ import annotations

from django.contrib.admin.apps import SimpleAdminConfig


class ConsoleAdminConfig(SimpleAdminConfig):
    default_site = "console.frame.site.ConsoleSite"
