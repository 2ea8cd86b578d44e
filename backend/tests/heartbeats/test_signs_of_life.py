from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeats.signs_of_life import LATE_AFTER, Role, SignOfLife, find_silent_roles
from tests.factories import NOON

A_MOMENT = timedelta(seconds=1)


def sign(role: Role, age: timedelta) -> SignOfLife:
    return SignOfLife(role, f"{role.value}-{age}", NOON, age)


@pytest.mark.parametrize("role", Role)
def test_it_is_late_beyond_the_bound_of_its_role(role: Role) -> None:
    assert not sign(role, LATE_AFTER[role]).is_late
    assert sign(role, LATE_AFTER[role] + A_MOMENT).is_late


def test_it_takes_one_live_process_for_the_life_of_its_role() -> None:
    signs = [sign(Role.RELAY, A_MOMENT), sign(Role.RELAY, timedelta(hours=3)), sign(Role.BEAT, A_MOMENT)]
    assert find_silent_roles(signs) == [Role.WORKER]
    assert find_silent_roles([]) == list(Role)
    assert find_silent_roles([*signs, sign(Role.WORKER, timedelta())]) == []
