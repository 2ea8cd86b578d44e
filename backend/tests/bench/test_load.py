from __future__ import annotations

import pytest

from bench.load import Load, ToolMissing, ensure_wrk, read_load

# As wrk 4.1 prints it, with the line of bench/wrk/shared.lua at its end.
OUTPUT = """\
Running 5s test @ http://127.0.0.1:20123
  2 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    93.22ms   41.20ms 428.11ms   88.10%
    Req/Sec    86.12     21.00   131.00     68.00%
  860 requests in 5.01s, 912.11KB read
Requests/sec:    171.66

{"statuses": {"201": 774, "200": 86}, "seconds": 5.000000, "p50_ms": 91.5, "p99_ms": 301.2, "broken": 0, "least_sent": 431}
"""


@pytest.fixture
def load() -> Load:
    return read_load(OUTPUT, {"web": 4.3, "postgres": 0.86})


def test_it_reads_what_was_answered_and_how_fast(load: Load) -> None:
    assert (load.answers, load.rate) == (860, 172.0)
    assert (load.p50_ms, load.p99_ms, load.least_sent) == (91.5, 301.2, 431)


def test_it_shares_the_processor_time_out_among_the_answers(load: Load) -> None:
    assert load.cpu_ms == pytest.approx({"web": 5.0, "postgres": 1.0})


def test_it_finds_nothing_wrong_with_what_was_expected(load: Load) -> None:
    assert load.problems({201, 200}) == []


def test_it_finds_unexpected_missing_and_broken_answers() -> None:
    load = read_load(OUTPUT.replace('"broken": 0', '"broken": 3'), {})
    assert load.problems({201, 204}) == [
        "86 answers of status 200",
        "no answer of status 204",
        "3 connections broke",
    ]


def test_it_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="Debian's package 'wrk'"):
        ensure_wrk()
