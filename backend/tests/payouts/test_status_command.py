from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from database.clock import database_now
from heartbeats.models import Heartbeat
from heartbeats.signs_of_life import Role
from payouts.models import Payout
from payouts.repositories.restores import hold_everything
from tests.events.relay_process import BACKEND, database_url
from tests.factories import make_payout
from tests.payouts.repositories.attempt_rows import make_sent

if TYPE_CHECKING:
    from payouts.models import Recipient

A_MINUTE = timedelta(minutes=1)


def everybody_works() -> None:
    for role in Role:
        Heartbeat.objects.create(role=role.value, instance=f"{role.value}-1")


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    output = StringIO()
    try:
        call_command("status", *arguments, stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue()
    return 0, output.getvalue()


def words(text: str) -> list[list[str]]:
    """Each line's words. What was written a moment ago is 0 s old here, however long the machine took."""
    return [re.sub(r"\b\d s\b", "0 s", line).split() for line in text.splitlines() if line]


def run_process(*arguments: str, database: str) -> subprocess.CompletedProcess[str]:
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "manage.py", "status", *arguments],
        cwd=BACKEND,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.django_db
def test_it_says_that_all_is_well() -> None:
    everybody_works()
    code, text = run()
    assert code == 0
    assert text.startswith("All is well.\n")


@pytest.mark.django_db
def test_it_shows_people_who_works_and_what_waits(recipient: Recipient) -> None:
    everybody_works()
    Heartbeat.objects.filter(role="worker").update(beat_at=database_now() - 3 * A_MINUTE)
    make_payout(recipient)

    code, text = run()

    assert code == 1
    lines = words(text)
    assert text.splitlines()[0] == "No worker has shown itself for 60 s. (no_live_worker)"
    assert ["relay", "relay-1", "0", "s", "ago"] in lines
    assert ["worker", "worker-1", "3", "min", "ago,", "late"] in lines
    assert ["due", "on", "sandbox", "1", "0", "s"] in lines
    assert ["payouts", "in", "ready", "1", "0", "s"] in lines
    assert ["expired", "leases", "0", "-"] in lines
    assert ["held", "after", "a", "restore", "0", "-"] in lines
    assert ["not", "asked", "about", "0", "-"] in lines


@pytest.mark.django_db
def test_it_says_what_stands_still_after_an_unfinished_restore(recipient: Recipient) -> None:
    everybody_works()
    make_sent(recipient, state="unknown")
    make_payout(recipient)
    hold_everything(rail="sandbox")

    code, text = run()
    _, told = run("--json")

    assert code == 1
    assert text.splitlines()[:2] == [
        "Payouts are held until resume_after_restore has ended with 0: 1. (held)",
        "Attempts are open, and nobody asks their rail: 1. (not_asked_about)",
    ]
    assert ["held", "after", "a", "restore", "1", "0", "s"] in words(text)
    one = {"count": 1, "oldest_age_seconds": pytest.approx(0, abs=5)}
    assert json.loads(told)["held"] == one
    assert json.loads(told)["not_asked_about"] == one


@pytest.mark.django_db
def test_it_tells_programs_the_same_in_seconds(recipient: Recipient) -> None:
    everybody_works()
    payout = make_payout(recipient)
    Payout.objects.filter(pk=payout.pk).update(next_run_at=database_now() - 2 * A_MINUTE)

    code, text = run("--json")
    told: dict[str, Any] = json.loads(text)

    assert (code, told["is_well"]) == (1, False)
    assert told["concerns"] == [
        {"code": "due_not_sent", "detail": "Payouts are due on sandbox and not sent: 1."}
    ]
    assert told["due"]["sandbox"] == {"count": 1, "oldest_age_seconds": pytest.approx(120, abs=5)}
    assert told["by_stage"]["ready"]["count"] == 1
    assert told["unknown"] == told["expired_leases"] == {"count": 0, "oldest_age_seconds": None}
    assert [(sign["role"], sign["is_late"]) for sign in told["heartbeats"]] == [
        ("beat", False),
        ("relay", False),
        ("worker", False),
    ]


@pytest.mark.django_db(transaction=True)
def test_it_is_a_command_that_a_probe_can_run() -> None:
    silent = run_process("--json", database=database_url())
    assert (silent.returncode, silent.stderr) == (1, "")
    assert [concern["code"] for concern in json.loads(silent.stdout)["concerns"]] == [
        "no_live_worker",
        "no_live_relay",
        "no_live_beat",
    ]

    everybody_works()
    assert run_process(database=database_url()).returncode == 0


def test_it_says_in_one_line_that_the_database_is_away() -> None:
    away = run_process(database="postgresql://payouts:secret@127.0.0.1:9/payouts")
    assert (away.returncode, away.stdout) == (2, "")
    (line,) = away.stderr.splitlines()
    assert "The database cannot be reached" in line
    assert "secret" not in line
