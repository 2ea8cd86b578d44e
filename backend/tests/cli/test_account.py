from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.embedded import account as account_module
from cli.embedded.account import (
    NoPlace,
    PlaceNotOurs,
    find_abandoned_places,
    find_account,
    find_data_place,
    passes,
    reachable_install,
)
from cli.embedded.binaries import find_postgres_install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.child_spec import Account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL under another account")


@pytest.fixture
def other() -> Account:
    found = find_account()
    assert found is not None
    return found


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a directory everybody passes, to play /var/lib: pytest's own are closed to others."""
    with subprocess.Popen(["mktemp", "-d", "-p", "/var/tmp"], stdout=subprocess.PIPE, text=True) as made:  # noqa: S607, S108 - the system's own
        assert made.stdout is not None
        place = Path(made.stdout.read().strip())
    place.chmod(0o755)
    monkeypatch.setattr(account_module, "LASTING_PLACES", (place,))
    yield place
    subprocess.run(["rm", "-r", str(place)], check=True)  # noqa: S607 - what we have made above


@as_root
def test_it_is_not_root(other: Account) -> None:
    assert other.uid != 0


@pytest.mark.skipif(os.geteuid() == 0, reason="an ordinary user needs no other account")
def test_it_is_oneself_for_an_ordinary_user() -> None:
    assert find_account() is None


@as_root
def test_it_copies_binaries_that_are_out_of_reach_once(
    tmp_path: Path, open_place: Path, other: Account
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_postgres_install().parent
    installed = closed / package.name
    subprocess.run(["cp", "-r", str(package), str(installed)], check=True)  # noqa: S607 - the system's own
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        subprocess.run(["cp", "-r", str(libraries), str(closed)], check=True)  # noqa: S607 - the system's own

    copy = reachable_install(installed / "pginstall18", other)

    assert copy.is_relative_to(open_place)
    for program in ("postgres", "initdb"):
        told = subprocess.check_output(
            [str(copy / "bin" / program), "--version"], user=other.uid, cwd="/", text=True
        )
        assert "(PostgreSQL) 18." in told
    assert reachable_install(installed / "pginstall18", other) == copy
    assert len(list(open_place.iterdir())) == 1


@as_root
def test_it_refuses_a_copy_that_others_could_have_made(
    tmp_path: Path, open_place: Path, other: Account
) -> None:
    bare = tmp_path / "package" / "pginstall18"
    (bare / "bin").mkdir(parents=True)
    (bare / "bin" / "postgres").touch()
    tmp_path.chmod(0o700)
    trap = reachable_install(bare, other).parents[1]
    assert trap.parent == open_place
    trap.chmod(0o777)
    with pytest.raises(PlaceNotOurs):
        reachable_install(bare, other)


@as_root
def test_it_keeps_data_in_the_home_if_the_account_can_pass_it(open_place: Path, other: Account) -> None:
    inside = open_place / "postgres"
    assert find_data_place(inside, other, lasting=True) == inside


@as_root
def test_it_puts_data_elsewhere_and_opens_nobodys_directory(
    tmp_path: Path, open_place: Path, other: Account
) -> None:
    tmp_path.chmod(0o700)
    place = find_data_place(tmp_path / "postgres", other, lasting=True)
    assert place.parent == open_place
    assert passes(other, "-x", place)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert find_abandoned_places() == []
    (place / "home").write_text(str(tmp_path / "gone"), encoding="utf-8")
    assert find_abandoned_places() == [place]


@as_root
def test_it_says_plainly_when_there_is_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Account
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(account_module, "LASTING_PLACES", (tmp_path,))
    with pytest.raises(NoPlace, match="Choose a PAYOUTS_HOME it can pass"):
        find_data_place(tmp_path / "postgres", other, lasting=True)


@as_root
def test_it_lists_no_abandoned_data_to_others(open_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = open_place / "payouts-data-somebody"
    place.mkdir()
    (place / "home").write_text("/gone/for/good", encoding="utf-8")
    assert find_abandoned_places() == [place]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert find_abandoned_places() == []
