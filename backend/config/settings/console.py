"""The console's frame."""

from __future__ import annotations

# `console` stands before the library whose templates it fills. `BasicAppConfig` leaves the admin site to us.
CONSOLE_APPS = ["console", "unfold.apps.BasicAppConfig", "console.frame.admin_config.ConsoleAdminConfig"]
