from __future__ import annotations

import socket
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from django.db.models import F

from heartbeats.health_check import NotWorkingError, ensure_ready, ensure_sign_of_life, main, served_host
from heartbeats.models import Heartbeat
from heartbeats.repositories import beat
from heartbeats.signs_of_life import Role
from tests.events.relay_process import BACKEND, database_url

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "a-container"
INSTANCES = [
    (Role.RELAY, f"{HOST}:1:a1b2"),
    (Role.WORKER, f"celery@{HOST}"),
    (Role.BEAT, f"gen1@{HOST}"),
]


def look(role: Role, *, host: str = HOST) -> None:
    ensure_sign_of_life({"DATABASE_URL": database_url()}, role=role, host=host)


@pytest.mark.parametrize(("role", "instance"), INSTANCES)
def test_it_finds_the_sign_of_its_own_container(role: Role, instance: str) -> None:
    beat(role=role, instance=instance)
    look(role)


@pytest.mark.parametrize(("role", "instance"), INSTANCES)
def test_it_takes_no_sign_of_another_container_for_its_own(role: Role, instance: str) -> None:
    beat(role=role, instance=instance)
    with pytest.raises(NotWorkingError, match=f"no {role} of another has shown a sign yet"):
        look(role, host="another")


def test_it_takes_no_sign_of_another_role_for_its_own() -> None:
    beat(role=Role.WORKER, instance=f"celery@{HOST}")
    with pytest.raises(NotWorkingError, match="no beat"):
        look(Role.BEAT)


def test_it_says_how_old_a_late_sign_is() -> None:
    beat(role=Role.RELAY, instance=f"{HOST}:1:a1b2")
    Heartbeat.objects.update(beat_at=F("beat_at") - timedelta(seconds=45))
    with pytest.raises(NotWorkingError, match=r"the last sign of the relay is 4\d s old"):
        look(Role.RELAY)


def test_it_takes_the_youngest_sign_after_a_restart() -> None:
    beat(role=Role.RELAY, instance=f"{HOST}:1:a1b2")
    Heartbeat.objects.update(beat_at=F("beat_at") - timedelta(hours=1))
    beat(role=Role.RELAY, instance=f"{HOST}:1:ffff")
    look(Role.RELAY)


def test_it_says_that_the_database_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "PAYOUTS_ROLE": "relay"}
    assert main(nobody) == 1
    assert "the database does not answer: OperationalError" in capsys.readouterr().out


def test_it_is_asked_as_a_program_that_loads_no_django() -> None:
    beat(role=Role.RELAY, instance=f"{socket.gethostname()}:1:a1b2")
    program = (
        "import os, sys; from heartbeats.health_check import main;"
        "sys.exit(main(os.environ) or 2 * ('django.apps' in sys.modules))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=BACKEND,
        env={"DATABASE_URL": database_url(), "PAYOUTS_ROLE": "relay"},
        check=False,
    )
    assert asked.returncode == 0


def test_it_refuses_a_process_that_has_no_sign() -> None:
    assert main({"PAYOUTS_ROLE": "command"}) == 1


def test_it_asks_the_web_whether_it_is_ready(live_server: LiveServer) -> None:
    # The first request loads every page, which may take longer than the check waits.
    httpx.get(f"{live_server.url}/health/live/", timeout=60)
    ensure_ready(port=live_server.thread.port, served_host="localhost")


def test_it_takes_a_refusal_for_no(live_server: LiveServer) -> None:
    with pytest.raises(NotWorkingError, match="the web answers 400"):
        ensure_ready(port=live_server.thread.port, served_host="a.stranger.example")


def test_it_takes_silence_for_no() -> None:
    with pytest.raises(NotWorkingError, match="the web does not answer: ConnectionRefusedError"):
        ensure_ready(port=1, served_host="localhost")


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({"DJANGO_ALLOWED_HOSTS": "pay.example.com, other.example.com"}, "pay.example.com"),
        ({"ALLOWED_HOSTS": "127.0.0.1,localhost"}, "127.0.0.1"),
        ({"ALLOWED_HOSTS": "*"}, "localhost"),
        ({}, "localhost"),
    ],
)
def test_it_names_a_host_that_is_served(variables: dict[str, str], host: str) -> None:
    assert served_host(variables) == host
