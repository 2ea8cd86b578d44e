"""Where the processes of one group count together: a master and the processes that it forks.

Each writes files of its own into one folder, and whoever is asked adds them up. Nothing here imports
prometheus_client, which decides when it is imported whether it counts in files.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# The others are one process each, and count in their memory.
GROUPS = ("web", "worker")


class UnsafeFolderError(RuntimeError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} belongs to somebody else: name a folder of this account, METRICS_DIRECTORY"
        )


def choose_place_to_count() -> None:
    """Call it before prometheus_client is imported. A new group finds nothing of an earlier one.

    The folder is emptied by the master of a group in which nobody lives. One that takes over from another
    (USR2, HUP) goes on with its counts: both are asked on one port. Raises UnsafeFolderError.
    """
    os.environ.pop(VARIABLE, None)
    role = os.environ.get("PAYOUTS_ROLE", "")
    if role not in GROUPS or not (os.environ.get("METRICS_PORT") or os.environ.get("METRICS_TOKEN")):
        return
    folder = _folder_of(role, os.environ.get("METRICS_PORT") or "0")
    if not any(is_alive(file) for file in folder.glob("*.db")):
        for file in folder.glob("*.db"):
            file.unlink(missing_ok=True)
    os.environ[VARIABLE] = str(folder)


def shared_folder() -> Path | None:
    """None in a process that counts for itself."""
    folder = os.environ.get(VARIABLE)
    return Path(folder) if folder else None


def is_alive(file: Path) -> bool:
    """Whether the process whose file it is still runs.

    A stranger that has got its number since is taken for it: its counts are only folded later.
    """
    number = file.stem.rpartition("_")[2]
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _usual_root() -> Path:
    """In memory where there is such a place: a process that writes to a full disk in this way is killed.

    Never a folder of a random name: a master that was started by its predecessor has to find it.
    """
    in_memory = Path("/dev/shm")  # noqa: S108 # nosec B108 # what is made in it is looked at
    return in_memory if os.access(in_memory, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _folder_of(role: str, port: str) -> Path:
    """One for each port: two groups on one machine must not count each other's."""
    chosen = os.environ.get("METRICS_DIRECTORY")
    root = Path(chosen) if chosen else _usual_root() / f"payouts-metrics-{os.getuid()}"
    folder = root / f"{role}-{port}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in (root, folder):
        if each.is_symlink() or each.stat().st_uid != os.getuid():
            raise UnsafeFolderError(each)
    return folder
