"""`$PAYOUTS_HOME`: where one local stack keeps everything it has."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.refusals import Refusal

BACKEND = Path(__file__).resolve().parent.parent


class HomeInUse(Refusal):
    def __init__(self, root: Path, pid: str) -> None:
        super().__init__(
            f"A stack already runs in {root} (process {pid or 'unknown'}). "
            "Stop it, or choose another place with PAYOUTS_HOME and another PORT."
        )


class HomeNotWritable(Refusal):
    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(f"Cannot write to {root} ({reason}). Choose another place with PAYOUTS_HOME.")


@dataclass(frozen=True)
class Home:
    root: Path

    @property
    def ready_file(self) -> Path:
        return self.root / "ready.json"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def credentials_file(self) -> Path:
        return self.root / "credentials.json"

    @property
    def ports_file(self) -> Path:
        return self.root / "ports.json"

    @property
    def prepared_file(self) -> Path:
        return self.root / "prepared.json"

    @property
    def lock_file(self) -> Path:
        return self.root / "up.lock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def static(self) -> Path:
        return self.root / "static"

    def create(self) -> None:
        """Make the directories.

        The root is made passable but not listable (0711): as root, PostgreSQL works in it under another
        account. A root that is there already keeps its mode.
        """
        try:
            if not self.root.is_dir():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711)
            for private in (self.logs, self.run):
                private.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HomeNotWritable(self.root, error.strerror or "no reason given") from error


def find_home(environ: Mapping[str, str]) -> Home:
    chosen = environ.get("PAYOUTS_HOME")
    return Home(Path(chosen).expanduser().absolute() if chosen else BACKEND.parent / ".payouts")


@contextmanager
def sole_use(home: Home) -> Iterator[None]:
    """Hold the home for this process; the kernel lets go when the process ends, however it ends."""
    with home.lock_file.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeInUse(home.root, home.lock_file.read_text(encoding="utf-8").strip()) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_in_use(home: Home) -> bool:
    """Tell whether a stack holds the home now."""
    try:
        with home.lock_file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
