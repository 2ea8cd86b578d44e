"""Finds secrets in files with detect-secrets, and judges them by the baseline.

detect-secrets has a hook of its own. It rewrites the baseline whenever a line moves, so that each edit above a
known entry fails once; here an entry is known by its file, its kind and its hash. It also asks vendors over the
network whether a key is alive; nothing that was found leaves this machine here.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BASELINE = ".secrets.baseline"


def find_secret_problems(files: Sequence[str]) -> Iterator[str]:
    """Scan these files, or all of git's, in the current folder: the baseline names files and plugins from there."""
    baseline: dict[str, Any] = json.loads(Path(BASELINE).read_text())
    yield from _find_unaudited(baseline)
    known = SecretsCollection.load_from_baseline(baseline)
    found = SecretsCollection()
    with transient_settings(baseline):
        found.scan_files(*(files or _files_of_git()))
    for name, secret in found - known:
        yield f"{name}:{secret.line_number} may hold a secret ({secret.type})"
    if not files:
        for name, secret in known - found:
            yield f"{BASELINE} knows of a secret in {name} ({secret.type}) that is no longer there"


def _files_of_git() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)  # noqa: S607
    return [name for name in listed.stdout.split("\0") if name]


def _find_unaudited(baseline: dict[str, Any]) -> Iterator[str]:
    """An entry that nobody has looked at, or that was found to be real, excuses nothing."""
    for name, entries in baseline["results"].items():
        for entry in entries:
            if entry.get("is_secret") is not False:
                yield f"{BASELINE} has an entry for {name} ({entry['type']}) that was not audited as made up"
