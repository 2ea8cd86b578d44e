"""Becomes the program it is given, after what must happen between fork and exec.

Run as a file, with `python -I -S`, and imports the standard library only: it costs about ten milliseconds,
and no code of ours runs in a fork of a process with threads, as `preexec_fn` would. PROGRAM is a path: after
the change of account, even Python's own library may be out of reach.

    launch.py PARENT DEATH_SIGNAL UID GID PROGRAM [ARGUMENT …]     (UID and GID "-": stay who you are)
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def change_account(uid: str, gid: str) -> None:
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))


def end_with_parent(parent: int, death_signal: int) -> None:
    """Be sent the signal when the parent ends, however it ends. Elsewhere than on Linux: nothing."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it ended before the kernel knew
        sys.exit(1)


def restore_signals() -> None:
    """Undo what Python set for itself: a program started with SIGPIPE ignored cannot tell a closed pipe."""
    for changed in (signal.SIGPIPE, signal.SIGINT, signal.SIGXFSZ):
        signal.signal(changed, signal.SIG_DFL)


def main() -> None:
    parent, death_signal, uid, gid, *command = sys.argv[1:]
    change_account(uid, gid)
    end_with_parent(int(parent), int(death_signal))  # after the account: changing it clears the request
    restore_signals()
    os.execv(command[0], command)  # noqa: S606 # nosec B606 # the caller's own argument list, no shell


if __name__ == "__main__":
    main()
