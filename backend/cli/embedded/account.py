"""PostgreSQL refuses to run as root, so root runs it under another account, which must reach its files.

That account cannot pass a directory like a /root of mode 0700, and nobody's modes are widened for it. So:

- the binaries, if it cannot reach them where the wheel has them, are copied once to /var/lib (or /var/tmp),
  in a directory that belongs to root and everybody may read;
- the data stays in `$PAYOUTS_HOME` if it can reach that, else it gets a directory of a random name in
  /var/lib (or /var/tmp), which the home remembers. Random, so that two homes never meet there.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cli.child_spec import Account
from cli.refusals import Refusal

ACCOUNTS = ("postgres", "nobody", "daemon")
LASTING_PLACES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 # nosec B108 # names in it are made safely
DATA_PREFIX = "payouts-data-"
HOME_NOTE = "home"
COPY_PREFIX = "payouts-postgresql-18"


class NoAccount(Refusal):
    def __init__(self) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and no account of {', '.join(ACCOUNTS)} can be used here. "
            "Run as an ordinary user, or set DATABASE_URL."
        )


class NoPlace(Refusal):
    def __init__(self, account: Account, places: Iterable[Path]) -> None:
        tried = ", ".join(str(place) for place in places)
        super().__init__(
            f"The account {account.name!r}, which runs PostgreSQL for root, reaches none of: {tried}. "
            "Choose a PAYOUTS_HOME it can pass (say /srv/payouts), or set DATABASE_URL."
        )


class PlaceNotOurs(Refusal):
    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} is not ours, or others may write to it. Look at it, and remove it if you can."
        )


def find_account() -> Account | None:
    """Find the account PostgreSQL runs under; None when that is ours."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        if entry.pw_uid != 0 and passes(account, "-d", Path("/")):
            return account
    raise NoAccount


def passes(account: Account, test: str, path: Path) -> bool:
    """Ask the kernel, as that account, with `test -x` and the like: modes alone do not tell all."""
    try:
        done = subprocess.run(  # nosec B603 # no shell; programs and paths of our own
            ["/bin/sh", "-c", f'test {test} "$0"', str(path)],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
    except OSError:  # the account is not mapped into this container
        return False
    return done.returncode == 0


def reachable_install(install: Path, account: Account | None) -> Path:
    """Find the installation itself or, where the account cannot run that, a copy of it."""
    if account is None or _can_run(install, account):
        return install
    for place in LASTING_PLACES:
        if os.access(place, os.W_OK) and passes(account, "-x", place):
            return _copied_install(install, place)
    raise NoPlace(account, LASTING_PLACES)


def _can_run(install: Path, account: Account) -> bool:
    return passes(account, "-x", install / "bin" / "postgres") and passes(
        account, "-r", install / "share" / "postgresql" / "postgres.bki"
    )


def _copied_install(install: Path, place: Path) -> Path:
    server = (install / "bin" / "postgres").stat()
    seed = f"{install} {server.st_mtime_ns} {server.st_size}"
    target = place / f"{COPY_PREFIX}-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
    if not target.exists():
        _copy_install(install, target)
    _ensure_ours(target)
    return target / install.parent.name / install.name


def _copy_install(install: Path, target: Path) -> None:
    """Copy beside the target and rename: whoever comes at the same time finds all of it or nothing."""
    draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{COPY_PREFIX}-"))
    package = install.parent
    unneeded = shutil.ignore_patterns("*.a", "include")
    shutil.copytree(install, draft / package.name / install.name, symlinks=True, ignore=unneeded)
    for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.relative_to(package.parent), symlinks=True)
    _open_for_reading(draft)
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)


def _open_for_reading(root: Path) -> None:
    """Give our own copy the modes of installed software, whatever the umask was."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _ensure_ours(target: Path) -> None:
    """In a place where everybody may make names, a name that was there first may be a trap."""
    found = target.lstat()
    open_to_others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or open_to_others:
        raise PlaceNotOurs(target)


def find_data_place(inside: Path, account: Account | None, *, lasting: bool) -> Path:
    """Make a directory for the data: `inside` if the account can pass that, else a new one elsewhere.

    What need not last goes where the system cleans up.
    """
    inside.mkdir(mode=0o711, exist_ok=True)
    if account is None:
        return inside
    inside.chmod(0o711)  # ours; the umask may have closed it
    if passes(account, "-x", inside):
        return inside
    inside.rmdir()
    places = LASTING_PLACES if lasting else (Path(tempfile.gettempdir()), *LASTING_PLACES)
    for place in places:
        if os.access(place, os.W_OK) and passes(account, "-x", place):
            return _make_place(place, inside)
    raise NoPlace(account, (inside, *places))


def _make_place(parent: Path, inside: Path) -> Path:
    made = Path(tempfile.mkdtemp(dir=parent, prefix=DATA_PREFIX))
    made.chmod(0o711)
    (made / HOME_NOTE).write_text(str(inside.parent), encoding="utf-8")
    return made


def find_abandoned_places() -> list[Path]:
    """List data outside of homes that are no more. It is left alone: a home may only have moved."""
    if os.geteuid() != 0:  # only root ever puts data there, and only root may look inside
        return []
    notes = (note for place in LASTING_PLACES for note in place.glob(f"{DATA_PREFIX}*/{HOME_NOTE}"))
    return [note.parent for note in notes if not Path(note.read_text(encoding="utf-8")).exists()]
