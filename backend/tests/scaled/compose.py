"""The production stack under a name of its own, with several of each process, driven by Compose."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.home import BACKEND
from cli.ports import HOST, find_free_port
from tests.chaos.accounts import Account, open_accounts
from tests.chaos.stack import TENANTS, CommandFailed, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REPOSITORY = BACKEND.parent
FILES = ("docker-compose.prod.yml", "backend/tests/scaled/reachable_bank.yml")
SCALE = {"web": 2, "worker": 3, "relay": 2, "beat": 2}
COMMAND_SECONDS = 600.0
# Many clients from one address: what is limited here is not what is measured.
ENVIRONMENT = """\
COMPOSE_PROFILES=sandbox
API_KEY_RATE=1000000
ANONYMOUS_RATE=1000000
HTTP_PORT={port}
PUBLIC_URL=http://localhost:{port}
PAYOUTS_IMAGE={image}
"""


@dataclass(frozen=True)
class ComposeStack:
    """What a run may ask and do from outside; nothing of it reaches beyond this machine's own address."""

    name: str
    env_file: Path
    port: int
    bank_port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def bank_url(self) -> str:
        return f"http://{HOST}:{self.bank_port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """For the scripts of the stack, which then mean this one."""
        return os.environ | {
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_FILE": ":".join(FILES),
            "PAYOUTS_ENV_FILE": str(self.env_file),
            "BANK_PORT": str(self.bank_port),
        }

    def compose(self, *arguments: str) -> str:
        return self.run("docker", "compose", "--env-file", str(self.env_file), *arguments)

    def run(self, *command: str, **environment: str) -> str:
        """What it prints. Raises CommandFailed when it does not end well."""
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        if done.returncode:
            raise CommandFailed(done)
        return done.stdout

    def start(self) -> None:
        scale = [part for name, count in SCALE.items() for part in ("--scale", f"{name}={count}")]
        self.compose("up", "--detach", *scale)
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        self.run(
            "deploy/wait-until-healthy",
            "docker",
            "compose",
            "--env-file",
            str(self.env_file),
            WAIT_SECONDS="180",
        )

    def manage(self, *arguments: str) -> str:
        return self.compose("run", "--rm", "-T", "migrate", "python", "manage.py", *arguments)

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def kill_one(self, service: str) -> None:
        """SIGKILL to the first of a service, as the kernel would do it: the engine starts it anew.

        Not by `docker kill`, which tells the engine that the container is to stay away.
        """
        container = self.containers(service)[0]
        pid = int(self.run("docker", "inspect", "--format", "{{.State.Pid}}", container))
        os.kill(pid, signal.SIGKILL)

    def upgrade(self, image: str) -> str:
        return self.run("deploy/upgrade", PAYOUTS_IMAGE=image)

    def is_all_of(self, image: str) -> bool:
        """Whether every process that is scaled is of this image."""
        ids = [container for service in SCALE for container in self.containers(service)]
        used = self.run("docker", "inspect", "--format", "{{.Image}}", *ids).split()
        return set(used) == {self.run("docker", "image", "inspect", "--format", "{{.Id}}", image).strip()}

    def open_accounts(self) -> tuple[Account, ...]:
        tenants = [self._open_tenant(name) for name in TENANTS]
        return open_accounts(self.url, tenants, self.name)

    def _open_tenant(self, name: str) -> Tenant:
        self.manage("create_organization", name)
        key = self.manage("create_api_key", name, "--name", "scaled").split()[-1]
        return Tenant(name, 0, key)


@contextmanager
def compose_stack(home: Path, *, image: str) -> Iterator[ComposeStack]:
    """Running, healthy and scaled; afterwards nothing of it is left, volumes included."""
    stack = ComposeStack(f"payouts-scaled-{os.getpid()}", home / "env", find_free_port(), find_free_port())
    stack.run("deploy/env-prod", "localhost", str(stack.env_file))
    with stack.env_file.open("a") as file:
        file.write(ENVIRONMENT.format(port=stack.port, image=image))
    try:
        stack.start()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")
