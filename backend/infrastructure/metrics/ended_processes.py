"""The counts of a group of processes, with those of the ones that have ended.

Counts never go back: what a process has counted counts on when it has ended. Its files are folded into one,
or a web whose workers are replaced now and then would have more to read with every day.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from infrastructure.metrics.process_files import is_alive, shared_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from prometheus_client import Metric

# A reader needs some milliseconds; one that was stopped in the middle must not stop all others.
PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.01
_ENDED = "ended"


class CountsAreBusyError(RuntimeError):
    """Somebody else reads them, and does not come to an end."""


def read_counts(folder: Path) -> Iterable[Metric]:
    """Raises CountsAreBusyError."""
    with _alone_in(folder, patience_seconds=PATIENCE_SECONDS):
        _fold(folder)
        files = [str(file) for file in folder.glob("*.db") if not _is_new(file)]
        metrics: Iterable[Metric] = MultiProcessCollector.merge(files)
        return metrics


def fold_ended_processes() -> None:
    """At once, or not at all while somebody reads: who reads folds as well."""
    folder = shared_folder()
    if folder is None:
        return
    try:
        with _alone_in(folder, patience_seconds=0):
            _fold(folder)
    except CountsAreBusyError:
        pass


@contextmanager
def _alone_in(folder: Path, *, patience_seconds: float) -> Iterator[None]:
    """While files are folded nobody adds them up: the sum would be too high or too low, and tell of jumps."""
    ends = monotonic() + patience_seconds
    with (folder / "lock").open("a") as lock:
        while not _is_locked(lock.fileno()):
            if monotonic() >= ends:
                raise CountsAreBusyError
            sleep(_LOOK_SECONDS)
        yield


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fold(folder: Path) -> None:
    for kind in ("counter", "histogram"):
        into = folder / f"{kind}_{_ENDED}.db"
        ended = [file for file in folder.glob(f"{kind}_*.db") if file != into and not is_alive(file)]
        if ended:
            _add_up([*ended, *([into] if into.exists() else [])], into)
            for file in ended:
                file.unlink(missing_ok=True)
    for file in folder.glob("gauge_live*.db"):
        if not is_alive(file):
            file.unlink(missing_ok=True)


def _add_up(files: Iterable[Path], into: Path) -> None:
    sums: dict[str, float] = defaultdict(float)
    for file in files:
        if not _is_new(file):
            for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
                sums[key] += value
    new = into.with_suffix(".new")
    new.unlink(missing_ok=True)
    written = MmapedDict(str(new))
    for key, total in sums.items():
        written.write_value(key, total, 0.0)
    written.close()
    new.replace(into)


def _is_new(file: Path) -> bool:
    """Made by its process a moment ago, and empty as yet."""
    return file.stat().st_size == 0
