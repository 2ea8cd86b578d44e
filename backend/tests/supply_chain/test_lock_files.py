from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from tests.supply_chain.__main__ import LOCKS, REPOSITORY, app
from tests.supply_chain.lock_files import Pin, find_lock_problems, flat_group, read_lock

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "a" * 64, "b" * 64
LOCK = f"""\
iso4217==1.16.20260101 \\
    --hash=sha256:{FIRST} \\
    --hash=sha256:{SECOND}
    # via payouts (pyproject.toml)
tzdata==2026.6 ; sys_platform == 'win32' \\
    --hash=sha256:{FIRST}
    # via
    #   celery
    #   kombu
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", *LOCKS):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def judge(repository: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["locks", "--repository", str(repository)])
    return result.exit_code, result.output


def pinned(repository: Path, name: str) -> Pin:
    lock = read_lock((repository / "requirements.lock").read_text())
    return next(pin for pin in lock.pins if pin.name == name)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_it_reads_pins_with_their_hashes_and_why_they_are_there() -> None:
    lock = read_lock(LOCK)

    assert lock.unreadable == ()
    assert lock.pins == (
        Pin("iso4217", "1.16.20260101", "", (FIRST, SECOND), ("payouts (pyproject.toml)",)),
        Pin("tzdata", "2026.6", "sys_platform == 'win32'", (FIRST,), ("celery", "kombu")),
    )
    assert lock.pins[1].line == f"tzdata==2026.6 --hash=sha256:{FIRST}"


def test_it_finds_the_lock_files_of_this_repository_well(repository: Path) -> None:
    code, output = judge(repository)
    assert (code, "refused" in output) == (0, False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("django==5.2.19", "django==5.2.19 has no hash"),
        ("--index-url somewhere", "neither a pin nor a hash: '--index-url somewhere'"),
        ("django>=5.2", "neither a pin nor a hash: 'django>=5.2'"),
        ("django @ file:django.whl", "neither a pin nor a hash: 'django @ file:django.whl'"),
        (f"    --hash=sha1:{FIRST}", f"neither a pin nor a hash: '--hash=sha1:{FIRST}'"),
        (f"    --hash=sha256:{FIRST[1:]}", f"neither a pin nor a hash: '--hash=sha256:{FIRST[1:]}'"),
    ],
)
def test_it_refuses_what_would_install_something_unseen(line: str, problem: str) -> None:
    assert list(find_lock_problems(read_lock(f"{LOCK}{line}\n"))) == [problem]


def test_it_refuses_a_lock_that_pins_nothing() -> None:
    assert list(find_lock_problems(read_lock(""))) == ["it pins nothing"]


def test_it_refuses_a_lock_file_with_a_hash_taken_out(repository: Path) -> None:
    path = repository / "requirements.lock"
    whitenoise = pinned(repository, "whitenoise")
    hashes = " \\\n".join(f"    --hash=sha256:{each}" for each in whitenoise.hashes)
    change(path, f" \\\n{hashes}\n    # via payouts", "\n    # via payouts")

    code, output = judge(repository)

    assert code == 1
    assert f"refused: requirements.lock: whitenoise=={whitenoise.version} has no hash" in output


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"whitenoise>=6.11",', '"whitenoise>=7",', "is not what pyproject.toml asks for: whitenoise>=7"),
        ('"whitenoise>=6.11",', "", "whitenoise is pinned for pyproject.toml, which does not ask for it"),
        ('"whitenoise>=6.11",', '"whitenoise", "brand-new",', "requirements.lock: brand-new is not pinned"),
        ('"ruff>=0.14",', '"ruff>=99",', "requirements-dev.lock: ruff=="),
        ('"sentry-sdk>=2.40"', '"sentry-sdk>=99"', "requirements.lock: sentry-sdk=="),
        ('"yamllint>=1.37",', '"yamllint>=99",', "requirements-deploy.lock: yamllint=="),
        ('"yamllint>=1.37",', "", "requirements-deploy.lock: yamllint is pinned"),
    ],
)
def test_it_refuses_a_lock_out_of_step_with_the_project(
    repository: Path, old: str, new: str, problem: str
) -> None:
    change(repository / "pyproject.toml", old, new)

    code, output = judge(repository)

    assert code == 1
    assert problem in output


def test_it_refuses_to_ship_another_version_than_is_tested(repository: Path) -> None:
    whitenoise = pinned(repository, "whitenoise")
    change(repository / "requirements-dev.lock", f"whitenoise=={whitenoise.version}", "whitenoise==6.99")

    code, output = judge(repository)

    assert code == 1
    assert f"whitenoise=={whitenoise.version} is not pinned alike for development" in output


def test_it_follows_a_group_into_those_it_includes() -> None:
    groups: dict[str, list[Any]] = {"dev": [{"include-group": "audit"}, "ruff"], "audit": ["bandit"]}
    assert flat_group(groups, "dev") == ["bandit", "ruff"]
