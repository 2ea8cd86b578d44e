from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest

from cli.log_files import LogFile
from cli.terminal import PENDING_CHARACTERS, Terminal, wants_colour

if TYPE_CHECKING:
    from pathlib import Path


class StoppedScreen(io.StringIO):
    """A terminal that takes nothing until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        self.goes_on.wait(10)
        return super().write(text)


def test_it_puts_the_childs_name_before_each_line() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen, coloured=False)
    terminal.say("web", "hello")
    terminal.close()
    assert screen.getvalue() == "web          | hello\n"


def test_it_takes_several_lines_at_once(tmp_path: Path) -> None:
    screen, log = io.StringIO(), LogFile(tmp_path / "web.log")
    terminal = Terminal(screen, coloured=False)
    terminal.say("web", "one", "two")
    terminal.close()
    log.write_lines(["one", "two"])
    log.close()
    assert screen.getvalue() == "web          | one\nweb          | two\n"
    assert (tmp_path / "web.log").read_text(encoding="utf-8") == "one\ntwo\n"


def test_it_gives_each_child_its_colour() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen, coloured=True)
    terminal.say("web", "hello")
    terminal.say("worker", "hello")
    terminal.close()
    web, worker = screen.getvalue().splitlines()
    assert web.startswith("\x1b[32mweb")
    assert worker.startswith("\x1b[35mworker")


def test_it_never_waits_for_a_stopped_terminal_and_counts_what_it_leaves_out() -> None:
    screen = StoppedScreen()
    terminal = Terminal(screen, coloured=False)
    line = "x" * 99_999
    for _ in range(PENDING_CHARACTERS // 100_000 + 100):
        terminal.show(line)
    screen.goes_on.set()
    while not terminal._pending.empty():
        terminal._writer.join(0.01)
    terminal._writer.join(0.1)  # the last is out of the writer's hand
    terminal.show("after")
    terminal.close()
    *_, left_out, last = screen.getvalue().splitlines()
    assert last == "after"
    assert left_out == "(99 lines left out)"


def test_it_goes_on_when_its_reader_has_gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    screen = os.fdopen(writing, "w", buffering=1, encoding="utf-8")
    terminal = Terminal(screen, coloured=False)
    terminal.show("first")
    terminal.show("second")
    terminal.close()
    assert not terminal._writer.is_alive()
    with pytest.raises(BrokenPipeError):
        screen.close()


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_it_has_no_colours_where_they_would_be_noise(environ: dict[str, str]) -> None:
    assert not wants_colour(io.StringIO(), environ)


def test_it_keeps_a_log_within_twice_its_limit(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web.log", limit_bytes=1000)
    for number in range(500):
        log.write_lines([f"line {number}"])
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) < 2200
    assert (tmp_path / "web.log").read_text(encoding="utf-8").endswith("line 499\n")
