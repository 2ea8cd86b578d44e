from __future__ import annotations

import pytest

from tests.chaos.plan import PAUSE_SECONDS, make_plan
from tests.chaos.plants import PLANTS
from tests.chaos.rows import OWN_ROWS, ROWS, NoSuchRowError, choose

EVERY_NAME = [*(row.name for row in ROWS), *(row.name for row in OWN_ROWS)]


def test_it_repeats_the_plan_of_a_seed() -> None:
    plan = make_plan(seed=7, minutes=30, rows=ROWS)
    again = make_plan(seed=7, minutes=30, rows=ROWS)

    assert plan == again
    assert [episode.chance().random() for episode in plan] == [episode.chance().random() for episode in again]
    assert plan != make_plan(seed=8, minutes=30, rows=ROWS)


def test_it_plays_every_row_before_it_plays_one_again() -> None:
    plan = make_plan(seed=7, minutes=60, rows=ROWS)

    assert {episode.row.name for episode in plan[: len(ROWS)]} == {row.name for row in ROWS}


def test_it_fills_the_minutes_and_no_more() -> None:
    seconds = sum(episode.row.seconds + PAUSE_SECONDS for episode in make_plan(seed=7, minutes=30, rows=ROWS))

    assert 25 * 60 < seconds <= 30 * 60


def test_it_plays_one_episode_however_little_time_there_is() -> None:
    assert len(make_plan(seed=7, minutes=0, rows=ROWS)) == 1


def test_it_names_each_row_once() -> None:
    assert len(set(EVERY_NAME)) == len(EVERY_NAME)


def test_it_chooses_rows_by_name_and_by_kind() -> None:
    assert choose("all") == (list(ROWS), list(OWN_ROWS))
    mixed, alone = choose("one-key, thousand")
    assert [row.name for row in mixed] == ["one-key"]
    assert [row.name for row in alone] == ["thousand"]
    short, none = choose("short")
    assert short
    assert all(row.is_short for row in short)
    assert not none


def test_it_names_a_row_that_there_is_not() -> None:
    with pytest.raises(NoSuchRowError, match="no-such-row"):
        choose("no-such-row")


def test_it_plants_faults_for_rows_that_there_are() -> None:
    assert {name for each in PLANTS.values() for name in each.faults.split(",")} <= set(EVERY_NAME)
