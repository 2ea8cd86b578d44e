from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.doctor import examine, is_broken, print_findings
from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.valkey import EmbeddedValkey
from cli.findings import Finding, Verdict, broken, note, well
from cli.home import Home, sole_use
from cli.machine_checks import check_home, check_machine, check_port
from cli.ports import find_free_port
from cli.private_files import write_private_json
from cli.processes import remember_process
from cli.stack_checks import (
    Expectation,
    check_database,
    check_process,
    check_rabbitmq,
    check_redis,
    check_running,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def shown(findings: list[Finding]) -> str:
    out = io.StringIO()
    print_findings(findings, Console(file=out, width=150))
    return out.getvalue()


def test_it_finds_a_sound_machine_where_nothing_has_run_yet(home: Home) -> None:
    findings = examine(home, {"PORT": str(find_free_port())})
    subjects = {finding.subject: finding.verdict for finding in findings}
    assert subjects["Python"] is Verdict.WELL
    assert subjects["PostgreSQL binary"] is Verdict.WELL
    assert subjects["Valkey binary"] is Verdict.WELL
    assert subjects["PAYOUTS_HOME"] is Verdict.WELL
    assert subjects["Stack"] is Verdict.NOTE
    assert not is_broken(findings)
    assert "Start it: payouts up" in shown(findings)


def test_it_does_not_ask_for_servers_the_person_brings_along(home: Home) -> None:
    findings = check_machine(home, {"DATABASE_URL": "postgresql://mine", "REDIS_URL": "redis://mine"})
    assert not {"PostgreSQL binary", "Valkey binary"} & {finding.subject for finding in findings}


def test_it_names_a_taken_port_and_another(home: Home, taken_port: int) -> None:
    finding = check_port(home, {"PORT": str(taken_port)})
    assert finding.verdict is Verdict.BROKEN
    assert f"PORT={taken_port + 1}" in finding.advice


def test_it_does_not_mind_a_port_its_own_stack_holds(home: Home, taken_port: int) -> None:
    with sole_use(home):
        assert check_port(home, {"PORT": str(taken_port)}).verdict is Verdict.WELL


def test_it_refuses_a_port_that_is_none(home: Home) -> None:
    assert check_port(home, {"PORT": "many"}).verdict is Verdict.BROKEN


def test_it_finds_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check_home(Home(tmp_path / "file" / "home")).verdict is Verdict.BROKEN
    assert check_home(Home(tmp_path / "not" / "yet")).verdict is Verdict.WELL
    assert not (tmp_path / "not").exists()


def test_it_finds_a_process_that_does_not_run(home: Home) -> None:
    finding = check_process(home, "worker")
    assert finding.verdict is Verdict.BROKEN
    assert str(home.logs / "worker.log") in finding.advice


def test_it_looks_at_every_part_of_a_running_stack(home: Home) -> None:
    remember_process(home.run / "web.pid", 1)
    ready = {
        "url": "http://127.0.0.1:1",
        "sandbox_bank_url": "http://127.0.0.1:1",
        "processes": {"web": 1, "relay": 2},
    }
    write_private_json(home.ready_file, ready)
    findings = {finding.subject: finding.verdict for finding in check_running(home)}
    assert findings == {
        "Stack": Verdict.WELL,
        "Process web": Verdict.WELL,
        "Process relay": Verdict.BROKEN,
        "Web": Verdict.BROKEN,
        "Sandbox bank": Verdict.BROKEN,
    }


def test_it_finds_a_database_that_could_lose_what_it_has_confirmed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(home=tmp_path, durable=False)
    try:
        finding = check_database(server.start())
    finally:
        server.stop()
    assert finding.verdict is Verdict.BROKEN
    assert finding.seen == "fsync, full_page_writes, synchronous_commit: off"


def test_it_is_content_with_the_embedded_valkey(tmp_path: Path) -> None:
    server = EmbeddedValkey(home=tmp_path)
    try:
        assert check_redis(server.start()) == well("Redis", "reachable, evicts nothing")
    finally:
        server.stop()


def test_it_minds_a_rabbitmq_that_is_not_there() -> None:
    finding = check_rabbitmq("amqp://guest:guest@127.0.0.1:9//")

    assert (finding.subject, finding.verdict) == ("RabbitMQ", Verdict.BROKEN)
    assert "CELERY_BROKER_URL" in finding.advice


@pytest.mark.parametrize(("demanded", "verdict"), [(True, Verdict.BROKEN), (False, Verdict.NOTE)])
def test_it_minds_an_absent_server_only_if_it_should_be_there(demanded: bool, verdict: Verdict) -> None:  # noqa: FBT001 - a case
    found = Expectation("DATABASE_URL", demanded).unreachable("Database", OSError("refused"))
    assert found.verdict is verdict


def test_it_tells_what_to_do_in_the_same_row() -> None:
    table = shown(
        [
            well("Disk", "9 GB free"),
            note("Stack", "not running", "Start it"),
            broken("Port", "8000 is taken", "Stop it"),
        ]
    )
    rows = [" ".join(row.split()) for row in table.splitlines()]
    assert "ok Disk 9 GB free" in rows
    assert "note Stack not running Start it" in rows
    assert "broken Port 8000 is taken Stop it" in rows


def test_it_is_broken_only_by_what_is_broken() -> None:
    assert not is_broken([well("a", "b"), note("a", "b", "c")])
    assert is_broken([well("a", "b"), broken("a", "b", "c")])
