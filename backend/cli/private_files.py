"""Small files that hold secrets, readable by their owner alone."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_private_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace `path` whole, with mode 0600: a reader sees the old content or the new, never half of it."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Read the object in the file; None when there is no such file or it is not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None
