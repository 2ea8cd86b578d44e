"""The version after this one: the same code with one migration more, as an image."""

from __future__ import annotations

import os
import subprocess
import tarfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.db.migrations.loader import MigrationLoader

from tests.scaled.compose import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "9999_next_version"
MIGRATION = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payouts", "{latest}")]
    operations = [
        migrations.AddField("payout", "next_version_note", models.TextField(null=True)),
        AddIndexConcurrently(
            "payout", models.Index(fields=["organization", "currency", "-id"], name="payout_of_next_version")
        ),
    ]
"""


def latest_migration() -> str:
    ((_, name),) = MigrationLoader(None).graph.leaf_nodes("payouts")
    return str(name)


@contextmanager
def image_of(tag: str, *, version: str, is_next: bool) -> Iterator[str]:
    """An image by this name of what is committed, with the migration if it is the next version's."""
    with TemporaryDirectory() as name:
        source = Path(name)
        with tarfile.open(fileobj=BytesIO(_run("git", "archive", "--format", "tar", "HEAD"))) as archive:
            archive.extractall(source, filter="data")
        if is_next:
            migration = source / "backend/payouts/migrations" / f"{NAME}.py"
            migration.write_text(MIGRATION.format(latest=latest_migration()))
        arguments = ("--build-arg", "PIP_INDEX_URL", "--build-arg", f"CODE_VERSION={version}")
        _run("docker", "build", "--quiet", *arguments, "--tag", tag, str(source))
    try:
        yield tag
    finally:
        _run("docker", "image", "rm", "--force", tag)


def _run(*command: str) -> bytes:
    environment = os.environ | {"DOCKER_BUILDKIT": "1"}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.PIPE).stdout
