from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from cli.home import BACKEND, Home, HomeInUse, HomeNotWritable, find_home, is_in_use, sole_use
from cli.private_files import read_json, write_private_json

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_lies_beside_the_backend_unless_told_otherwise(tmp_path: Path) -> None:
    assert find_home({}).root == BACKEND.parent / ".payouts"
    assert find_home({"PAYOUTS_HOME": ""}).root == BACKEND.parent / ".payouts"
    assert find_home({"PAYOUTS_HOME": str(tmp_path)}).root == tmp_path


def test_it_can_be_passed_but_not_listed_by_others(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    home.create()
    assert mode(home.root) == 0o711
    assert mode(home.logs) == mode(home.run) == 0o700


def test_it_leaves_the_mode_of_a_directory_that_was_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Home(tmp_path).create()
    assert mode(tmp_path) == 0o700


def test_it_says_plainly_when_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeNotWritable, match=r"Choose another place with PAYOUTS_HOME"):
        Home(tmp_path / "file" / "home").create()


def test_it_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not is_in_use(home)
    with sole_use(home):
        assert is_in_use(home)
        with pytest.raises(HomeInUse, match=rf"process {os.getpid()}\)"), sole_use(home):
            pass
    assert not is_in_use(home)


def test_it_keeps_secrets_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    write_private_json(file, {"key": "first"})
    write_private_json(file, {"key": "second"})
    assert mode(file) == 0o600
    assert read_json(file) == {"key": "second"}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '"text"'])
def test_it_reads_nothing_from_what_is_not_its_own(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "file.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert read_json(file) is None
