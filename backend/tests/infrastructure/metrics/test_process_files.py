from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from infrastructure.metrics.process_files import (
    VARIABLE,
    UnsafeFolderError,
    choose_place_to_count,
    is_alive,
    shared_folder,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("METRICS_DIRECTORY", str(tmp_path / "counts"))
    monkeypatch.setenv("METRICS_PORT", "9101")
    monkeypatch.setenv("PAYOUTS_ROLE", "web")
    monkeypatch.setenv(VARIABLE, "/somewhere/else")  # so that it is put back afterwards


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("role", ["web", "worker"])
def test_it_gives_a_group_of_processes_one_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: str
) -> None:
    monkeypatch.setenv("PAYOUTS_ROLE", role)
    choose_place_to_count()
    assert shared_folder() == tmp_path / "counts" / f"{role}-9101"
    assert (tmp_path / "counts" / f"{role}-9101").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("role", ["relay", "beat", "command", ""])
def test_it_lets_single_processes_count_for_themselves(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    monkeypatch.setenv("PAYOUTS_ROLE", role)
    choose_place_to_count()
    assert shared_folder() is None


def test_it_writes_no_files_where_nobody_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("METRICS_PORT")
    choose_place_to_count()
    assert shared_folder() is None
    assert not (tmp_path / "counts").exists()

    monkeypatch.setenv("METRICS_TOKEN", "t" * 32)
    choose_place_to_count()
    assert shared_folder() == tmp_path / "counts" / "web-0"


def test_it_empties_a_folder_in_which_nobody_lives(tmp_path: Path) -> None:
    folder = tmp_path / "counts" / "web-9101"
    folder.mkdir(parents=True)
    for name in (f"counter_{ended_process()}.db", "histogram_ended.db"):
        (folder / name).write_bytes(b"x")
    choose_place_to_count()
    assert list(folder.glob("*.db")) == []


def test_it_goes_on_with_the_counts_of_those_who_live(tmp_path: Path) -> None:
    folder = tmp_path / "counts" / "web-9101"
    folder.mkdir(parents=True)
    kept = {folder / f"counter_{os.getpid()}.db", folder / "counter_ended.db"}
    for file in kept:
        file.write_bytes(b"x")
    choose_place_to_count()
    assert set(folder.glob("*.db")) == kept


def test_it_refuses_a_folder_of_somebody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("METRICS_DIRECTORY", str(tmp_path / "link"))
    with pytest.raises(UnsafeFolderError, match="METRICS_DIRECTORY"):
        choose_place_to_count()


def test_it_knows_whose_file_it_is(tmp_path: Path) -> None:
    assert is_alive(tmp_path / f"gauge_livemax_{os.getpid()}.db")
    assert is_alive(tmp_path / "counter_1.db")  # of another account, perhaps
    assert not is_alive(tmp_path / f"counter_{ended_process()}.db")
    assert not is_alive(tmp_path / "counter_ended.db")
