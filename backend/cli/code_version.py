import hashlib
from pathlib import Path

from cli.home import BACKEND

COUNTED = {".py", ".html", ".css", ".js", ".svg", ".json", ".mo"}
LOCK_FILES = ("requirements.lock",)


def code_version(backend: Path = BACKEND) -> str:
    """Name this state of the code: of all that migrations and static files could come from.

    By name, size and time of change: reading every file would cost more than it saves.
    """
    files = (path for path in backend.rglob("*") if path.suffix in COUNTED and "tests" not in path.parts)
    digest = hashlib.sha256()
    for path in sorted((*files, *(backend.parent / name for name in LOCK_FILES))):
        if path.is_file():
            found = path.stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
