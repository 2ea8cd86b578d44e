"""The bank as a process of its own, which can be stopped and killed."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox_bank.bank_client import BankClient, http_client

BACKEND = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class BankProcess:
    process: subprocess.Popen[str]
    client: BankClient
    url: str

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start_bank(
    *arguments: str, environment: Mapping[str, str] | None = None, stderr: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox_bank", *arguments],
        cwd=BACKEND,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@contextmanager
def bank_process(
    database: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[BankProcess]:
    with start_bank(
        "--port", "0", "--database", str(database), *arguments, environment=environment
    ) as process:
        assert process.stdout is not None
        try:
            ready, _, url = process.stdout.readline().strip().rpartition(" ")
            assert ready == "sandbox bank ready on"
            with http_client(url) as http:
                yield BankProcess(process, BankClient(http), url)
        finally:
            process.kill()
