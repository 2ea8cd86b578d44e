"""The rails that the settings name, as the use cases get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.environment import Environment
from infrastructure.payouts.rails.manual import ManualRail
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.rails import (
    RailNotFound,
    RailOfOtherEnvironment,
    default_rail,
    ensure_rail_serves,
    get_rail,
    list_automatic_rails,
    list_codes_of_automatic_rails,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings


@pytest.fixture(autouse=True)
def _rails_made_anew() -> Iterator[None]:
    get_rail.cache_clear()
    yield
    get_rail.cache_clear()


def test_it_makes_each_rail_once() -> None:
    sandbox, manual = get_rail("sandbox"), get_rail("manual")
    assert (type(sandbox), type(manual)) == (SandboxRail, ManualRail)
    assert get_rail("sandbox") is sandbox
    assert get_rail("manual") is manual


@pytest.mark.parametrize("code", ["sandbox", "manual"])
def test_it_registers_each_rail_under_its_own_code(code: str) -> None:
    assert get_rail(code).code == code


@pytest.mark.parametrize(
    "code", ["", "SANDBOX", "paypal", "infrastructure.payouts.rails.sandbox.SandboxRail"]
)
def test_it_refuses_a_code_that_nobody_has(code: str) -> None:
    for _ in range(2):
        with pytest.raises(RailNotFound) as refusal:
            get_rail(code)
        assert refusal.value.code == "rail_not_found"


def test_it_lists_the_rails_that_workers_send_to() -> None:
    assert [rail.code for rail in list_automatic_rails()] == ["sandbox"]
    assert list_codes_of_automatic_rails() == ["sandbox"]


def test_it_takes_up_a_rail_that_is_added_to_the_settings(settings: Settings) -> None:
    settings.PAYOUTS_RAILS = {**settings.PAYOUTS_RAILS, "again": settings.PAYOUTS_RAILS["sandbox"]}
    assert [type(rail) for rail in list_automatic_rails()] == [SandboxRail, SandboxRail]
    assert get_rail("again") is not get_rail("sandbox")


def test_it_carries_test_payouts_over_the_sandbox_and_live_ones_never(settings: Settings) -> None:
    assert default_rail(Environment.TEST).code == "sandbox"
    assert default_rail(Environment.LIVE).code != "sandbox"
    settings.PAYOUTS_DEFAULT_RAILS = {"test": "sandbox", "live": "sandbox"}
    with pytest.raises(RailOfOtherEnvironment):
        ensure_rail_serves(Environment.LIVE, default_rail(Environment.LIVE))
    with pytest.raises(RailOfOtherEnvironment):
        ensure_rail_serves(Environment.TEST, get_rail("manual"))
