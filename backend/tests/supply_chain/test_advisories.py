from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from cli.ports import find_free_port
from tests.supply_chain.__main__ import LOCKS, NOTHING_AUDITED, app
from tests.supply_chain.advisories import (
    Findings,
    NothingAudited,
    Vulnerability,
    ask_about,
    find_advisory_problems,
    find_overdue,
    read_answers,
)
from tests.supply_chain.lock_files import Pin
from tests.supply_chain.policy import Acceptance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = date(2026, 11, 23)
HOLE = Vulnerability("thing", "1.0", ("PYSEC-2026-1", "CVE-2026-1"), ("1.1",))
HASH = "a" * 64
POLICY = """
[[accepted_advisories]]
advisory = "CVE-2020-1"
package = "thing"
reason = "for this test"
expires = 2020-01-01

[licences]
allowed = {}
exceptions = {}
stated = {}
spellings = {}
"""


def accepted(advisory: str = "CVE-2026-1", **changes: Any) -> Acceptance:
    entry = {"package": "thing", "reason": "not reachable here", "expires": date(2026, 12, 24), **changes}
    return Acceptance(advisory, **entry)


@pytest.mark.parametrize(
    ("acceptance", "problems"),
    [
        (accepted(), []),
        (accepted(expires=TODAY), []),
        (
            accepted(expires=date(2026, 11, 22)),
            ["CVE-2026-1 was accepted until 2026-11-22: look at it again"],
        ),
        (
            accepted(expires=date(2027, 11, 23)),
            ["CVE-2026-1 is accepted until 2027-11-23: no longer than 180 days"],
        ),
        (accepted(reason=" "), ["CVE-2026-1 is accepted without a reason"]),
    ],
)
def test_it_accepts_with_a_reason_and_for_a_while(acceptance: Acceptance, problems: list[str]) -> None:
    assert list(find_overdue([acceptance], today=TODAY)) == problems


@pytest.mark.parametrize(
    ("findings", "acceptances", "problems"),
    [
        (Findings(9, (), ()), [], []),
        (Findings(9, (), (HOLE,)), [accepted()], []),
        (Findings(9, (), (HOLE,)), [accepted("PYSEC-2026-1")], []),
        (
            Findings(9, (), (HOLE,)),
            [],
            ["vulnerable: thing==1.0: PYSEC-2026-1, CVE-2026-1, fixed in 1.1"],
        ),
        (
            Findings(9, (), (HOLE,)),
            [accepted(package="other")],
            [
                "vulnerable: thing==1.0: PYSEC-2026-1, CVE-2026-1, fixed in 1.1",
                "CVE-2026-1 is accepted for other, and was not found: take it out",
            ],
        ),
        (
            Findings(9, (), ()),
            [accepted()],
            ["CVE-2026-1 is accepted for thing, and was not found: take it out"],
        ),
        (Findings(9, ("b: not found",), ()), [], ["not audited: b: not found"]),
    ],
)
def test_it_refuses_what_nobody_has_accepted(
    findings: Findings, acceptances: list[Acceptance], problems: list[str]
) -> None:
    assert list(find_advisory_problems(findings, acceptances)) == problems


def test_it_tells_an_audit_of_nothing_from_one_that_found_nothing() -> None:
    audited = {"name": "a", "version": "1", "vulns": []}
    skipped = {"name": "b", "skip_reason": "not found and could not be audited"}

    assert read_answers([audited, skipped]) == Findings(1, ("b: not found and could not be audited",), ())
    with pytest.raises(NothingAudited, match="every one of 2 packages was skipped"):
        read_answers([skipped, skipped])
    with pytest.raises(NothingAudited):
        read_answers([])


class _Database(BaseHTTPRequestHandler):
    """A database of vulnerabilities in the form of OSV, that knows of one hole in each package."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        fixed = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": fixed}]
        hole = {"id": f"PYSEC-{asked['version']}", "aliases": ["CVE-2026-1"], "affected": affected}
        body = json.dumps({"vulns": [{**hole, "published": "2026-01-01T00:00:00Z"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def database_of_holes() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Database) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


def flags(url: str, cache: Path) -> list[str]:
    return ["--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", str(cache)]


def test_it_asks_about_each_version_whatever_it_is_pinned_for(tmp_path: Path) -> None:
    pins = [
        Pin("thing", "1.0", "python_version < '3'", (HASH,), ()),
        Pin("thing", "2.0", "python_version >= '3'", (HASH,), ()),
    ]
    with database_of_holes() as url:
        findings = ask_about([*pins, *pins], flags(url, tmp_path))

    assert (findings.audited, findings.skipped) == (2, ())
    assert set(findings.vulnerabilities) == {
        Vulnerability("thing", version, (f"PYSEC-{version}", "CVE-2026-1"), ("99",))
        for version in ("1.0", "2.0")
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "supply-chain.toml").write_text(POLICY)
    for name in LOCKS:
        (tmp_path / name).write_text(f"thing==1.0 \\\n    --hash=sha256:{HASH}\n")
    return tmp_path


def test_it_says_plainly_when_nothing_could_be_audited(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = f"http://127.0.0.1:{find_free_port()}/"
    monkeypatch.setenv("AUDIT_FLAGS", " ".join(flags(nobody, repository / "cache")))

    result = CliRunner().invoke(app, ["vulnerabilities", "--repository", str(repository)])

    assert result.exit_code == NOTHING_AUDITED
    assert result.output.startswith("NOTHING COULD BE AUDITED")


def test_it_refuses_what_is_overdue_without_a_network_too(repository: Path) -> None:
    result = CliRunner().invoke(app, ["vulnerabilities", "--offline", "--repository", str(repository)])

    assert (result.exit_code, result.output) == (
        1,
        "refused: CVE-2020-1 was accepted until 2020-01-01: look at it again\n",
    )


def test_it_says_when_it_has_not_looked(repository: Path) -> None:
    (repository / "supply-chain.toml").write_text(POLICY[POLICY.index("[licences]") :])

    result = CliRunner().invoke(app, ["vulnerabilities", "--offline", "--repository", str(repository)])

    assert (result.exit_code, "NOT looked up" in result.output) == (0, True)
