from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.supply_chain.__main__ import app
from tests.supply_chain.licences import Installed, find_licence_problems, make_page, make_rows
from tests.supply_chain.lock_files import Pin
from tests.supply_chain.policy import LicenceException, LicencePolicy, read_policy

if TYPE_CHECKING:
    from pathlib import Path

POLICY = LicencePolicy(
    allowed={"MIT": "asks for little", "Apache-2.0": "our own", "LicenseRef-BSD": "either"},
    exceptions={"psycopg": LicenceException("LGPL-3.0-only", "replaceable")},
    stated={"colorama": LicenceException("MIT", "for Windows")},
    spellings={"MIT License": "MIT", "BSD License": "LicenseRef-BSD"},
)
COLORAMA = Pin("colorama", "0.4.6", "sys_platform == 'win32'", (), ())
PSYCOPG = Pin("psycopg", "3", "", (), ())
KNOWN = {"psycopg": Installed("3", ("LGPL-3.0-only", "UNKNOWN", "UNKNOWN"))}


def installed(expression: str = "UNKNOWN", metadata: str = "UNKNOWN", *classifiers: str) -> Installed:
    return Installed("1", (expression, metadata, *(classifiers or ("UNKNOWN",))))


def problems_of(package: Installed | None, name: str = "thing", *, marker: str = "") -> list[str]:
    pins = [COLORAMA, PSYCOPG, Pin(name, "1", marker, (), ())]
    here = KNOWN | ({name: package} if package else {})
    return list(find_licence_problems(make_rows(pins, here, POLICY), pins, here, POLICY))


@pytest.mark.parametrize(
    "package",
    [
        installed("MIT"),
        installed("MIT OR GPL-3.0-only AND MIT"),
        installed("MIT AND Apache-2.0"),
        installed("UNKNOWN", "MIT"),
        installed("UNKNOWN", "MIT License"),
        installed("UNKNOWN", "the text of some licence", "BSD License"),
    ],
)
def test_it_takes_what_is_allowed(package: Installed) -> None:
    assert problems_of(package) == []


@pytest.mark.parametrize(
    ("package", "problem"),
    [
        (installed("GPL-3.0-only"), "thing: the licence 'GPL-3.0-only' is not allowed"),
        (installed("LGPL-3.0-only"), "thing: the licence 'LGPL-3.0-only' is not allowed"),
        (installed("MIT AND GPL-3.0-only"), "thing: the licence 'MIT AND GPL-3.0-only' is not allowed"),
        (installed("(MIT OR Apache-2.0)"), "thing: the licence '(MIT OR Apache-2.0)' is not allowed"),
        (installed("UNKNOWN", "AGPL v3"), "thing: its licence is not clear"),
        (installed(), "thing: its licence is not clear"),
        (None, "thing: its licence is not clear, it says ['not installed here']"),
        (
            installed("UNKNOWN", "MIT", "GNU General Public License v3 (GPLv3)"),
            "thing: it also says ['GNU General Public License v3 (GPLv3)']",
        ),
        (Installed("2", ("MIT",)), "thing: another version is installed than pinned"),
    ],
)
def test_it_refuses_copyleft_and_what_is_not_clear(package: Installed | None, problem: str) -> None:
    assert problems_of(package)[0].startswith(problem)


def test_it_asks_for_a_statement_where_a_package_is_not_installed_everywhere() -> None:
    assert problems_of(installed("MIT"), marker="python_version < '3.12'") == [
        "thing: it is pinned for some systems only, so supply-chain.toml must state its licence"
    ]


def test_it_notices_when_a_package_says_otherwise_than_was_stated() -> None:
    pins, here = [COLORAMA, PSYCOPG], KNOWN | {"colorama": Installed("0.4.6", ("Apache-2.0",))}
    assert list(find_licence_problems(make_rows(pins, here, POLICY), pins, here, POLICY)) == [
        "colorama: supply-chain.toml states 'MIT', and it says 'Apache-2.0'"
    ]


def test_it_keeps_no_exception_for_what_is_gone() -> None:
    pins = [COLORAMA]
    assert list(find_licence_problems(make_rows(pins, {}, POLICY), pins, {}, POLICY)) == [
        "psycopg: supply-chain.toml speaks of it, and nothing pins it"
    ]


def test_it_writes_the_same_page_wherever_it_is_made() -> None:
    pins, windows = [COLORAMA, PSYCOPG], KNOWN | {"colorama": Installed("0.4.6", ("UNKNOWN", "MIT"))}
    page = make_page(make_rows(pins, KNOWN, POLICY), POLICY)

    assert "| colorama | 0.4.6 | MIT | for Windows |" in page
    assert page == make_page(make_rows(pins, windows, POLICY), POLICY)


REPOSITORY_POLICY = """
[licences.allowed]
"{allowed}" = "for this test"
[licences.exceptions]
[licences.stated]
[licences.spellings]
"""


def judge(repository: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["licences", "--repository", str(repository), *options])
    return result.exit_code, result.output


def test_it_asks_the_packages_that_are_installed(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "requirements.lock").write_text(f"django=={version('django')}\n")
    policy = tmp_path / "supply-chain.toml"

    policy.write_text(REPOSITORY_POLICY.format(allowed="MIT"))
    assert "django: the licence 'BSD-3-Clause' is not allowed" in judge(tmp_path, "--write")[1]
    assert not (tmp_path / "docs/licences.md").exists()

    policy.write_text(REPOSITORY_POLICY.format(allowed="BSD-3-Clause"))
    assert judge(tmp_path, "--write")[0] == 0
    policy.write_text(REPOSITORY_POLICY.format(allowed="BSD-3-Clause").replace("this test", "another"))
    assert judge(tmp_path) == (1, "refused: docs/licences.md is out of step: run 'make licences'\n")


def test_it_refuses_a_policy_without_its_form() -> None:
    with pytest.raises(TypeError):
        read_policy(REPOSITORY_POLICY.format(allowed="MIT") + '[[accepted_advisories]]\nadvisory = "CVE-1"\n')
