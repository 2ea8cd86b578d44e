"""The service's own migrations, and the statements that they send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

BACKEND = Path(__file__).parents[2]


def our_labels() -> frozenset[str]:
    """Of the applications that are written here."""
    return frozenset(config.label for config in apps.get_app_configs() if Path(config.path).parent == BACKEND)


def load_migrations(loader: MigrationLoader) -> list[Migration]:
    """Ours, in the order in which they are written."""
    ours = our_labels()
    return [loader.graph.nodes[key] for key in sorted(loader.graph.nodes) if key[0] in ours]


def name_of(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


def statements_by_migration() -> Mapping[str, str]:
    """What `sqlmigrate` shows of each; that of triggers and RunSQL is in it, that of RunPython is not."""
    loader = MigrationLoader(connection, replace_migrations=False)
    return {name_of(migration): _script_of(migration, loader) for migration in load_migrations(loader)}


def _script_of(migration: Migration, loader: MigrationLoader) -> str:
    state = loader.project_state((migration.app_label, migration.name), at_end=False)
    return script_of(migration, state)


def script_of(migration: Migration, state: ProjectState) -> str:
    """Its SQL, from this state on, as one transaction if it is one."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    lines = "\n".join(editor.collected_sql)
    return f"BEGIN;\n{lines}\nCOMMIT;\n" if migration.atomic else f"{lines}\n"
