from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.web_capacity import MOST_CLIENTS, TooFewFiles, WebCapacity

CAPACITY = WebCapacity(in_work=8)
BACKEND = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("spare_files", "clients"),
    [
        (CAPACITY.threads, CAPACITY.threads),
        (MOST_CLIENTS - 1, MOST_CLIENTS - 1),
        (MOST_CLIENTS, MOST_CLIENTS),
        (1_000_000, MOST_CLIENTS),
    ],
)
def test_it_lets_in_as_many_clients_as_it_may_open_files_for(spare_files: int, clients: int) -> None:
    assert CAPACITY.clients(CAPACITY.own_files + spare_files) == clients


def test_it_does_not_start_when_its_threads_could_not_be_used() -> None:
    with pytest.raises(TooFewFiles, match=f"needs {CAPACITY.own_files + CAPACITY.threads}: see `ulimit -n`"):
        CAPACITY.clients(CAPACITY.own_files + CAPACITY.threads - 1)


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(200, 300, "256 256 300"), (100, 200, "200 200 200"), (300, 300, "256 300 300")],
)
def test_it_may_open_as_many_files_as_it_needs_and_is_allowed_to(soft: int, hard: int, expected: str) -> None:
    script = (
        "import resource; from config.web_capacity import raise_open_files\n"
        "print(raise_open_files(256), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    limited = f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", limited, "sh", sys.executable, "-c", script],
        cwd=BACKEND,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.split() == expected.split()
