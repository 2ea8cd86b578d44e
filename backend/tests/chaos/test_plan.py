from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.chaos.plan import make_plan
from tests.chaos.plants import PLANTS
from tests.chaos.rows import OWN_ROWS, ROWS, NoSuchRowError, choose

if TYPE_CHECKING:
    from tests.chaos.plan import Episode

EVERY_NAME = [*(row.name for row in ROWS), *(row.name for row in OWN_ROWS)]


def beginning(seed: int) -> list[Episode]:
    """The first two rounds."""
    return list(islice(make_plan(seed=seed, rows=ROWS), 2 * len(ROWS)))


def test_it_repeats_the_plan_of_a_seed() -> None:
    plan, again, other = beginning(7), beginning(7), beginning(8)

    assert plan == again
    assert [episode.chance().random() for episode in plan] == [episode.chance().random() for episode in again]
    assert plan != other


def test_it_plays_every_row_before_it_plays_one_again() -> None:
    plan = beginning(7)

    for each_round in (plan[: len(ROWS)], plan[len(ROWS) :]):
        assert {episode.row.name for episode in each_round} == {row.name for row in ROWS}


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
