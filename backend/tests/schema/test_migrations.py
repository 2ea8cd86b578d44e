"""`make migrations-lint`: the service's migrations keep the service running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db.migrations.loader import MigrationLoader

from tests.schema import house_rules, squawk
from tests.schema.findings import judge, read_accepted
from tests.schema.migrations import load_migrations, statements_by_migration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_django import DjangoDbBlocker

ACCEPTED = Path(__file__).with_name("accepted.toml")


@pytest.fixture(scope="module")
def statements(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Mapping[str, str]:  # noqa: ARG001  asks for the database
    with django_db_blocker.unblock():
        return statements_by_migration()


def test_it_sees_the_statements_of_triggers_and_of_sql(statements: Mapping[str, str]) -> None:
    assert "pgtrigger_payout_status_moves" in statements["payouts.0001_initial"]
    assert (
        "payout_recipient_of_same_organization" in statements["payouts.0002_recipient_of_same_organization"]
    )
    assert not statements["payouts.0003_payout_open"].startswith("BEGIN")


def test_it_lets_every_migration_pass_or_says_why(statements: Mapping[str, str], tmp_path: Path) -> None:
    migrations = load_migrations(MigrationLoader(None, replace_migrations=False))
    findings = [finding for migration in migrations for finding in house_rules.lint(migration)]
    findings += squawk.lint(statements, tmp_path)
    refused = judge(findings, read_accepted(ACCEPTED.read_text()))
    assert not refused, "\n".join(
        ["", *sorted(refused), "docs/changing-the-schema.md says what to do instead."]
    )
