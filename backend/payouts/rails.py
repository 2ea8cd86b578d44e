"""The rails of this installation, by the setting PAYOUTS_RAILS."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

from access.environment import Environment
from core.exceptions import Forbidden, NotFound

if TYPE_CHECKING:
    from payouts.domain.rail import Rail
    from payouts.domain.sandbox_bank import SwitchableBank

SANDBOX = "sandbox"
MANUAL = "manual"


class RailNotFound(NotFound):
    code = "rail_not_found"
    title = "There is no such rail"

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no rail {code!r}.")


@cache
def get_rail(code: str) -> Rail:
    """The one instance of a rail in this process. Raises RailNotFound."""
    try:
        path = settings.PAYOUTS_RAILS[code]
    except KeyError:
        raise RailNotFound(code) from None
    return cast("Rail", import_string(path)())


def default_rail(environment: Environment) -> Rail:
    """The rail that carries the payouts of organizations of this environment."""
    return get_rail(settings.PAYOUTS_DEFAULT_RAILS[environment.value])


def list_automatic_rails() -> list[Rail]:
    """The rails that workers send to."""
    rails = [get_rail(code) for code in sorted(settings.PAYOUTS_RAILS)]
    return [rail for rail in rails if rail.capabilities.is_automatic]


def list_codes_of_automatic_rails() -> list[str]:
    """The same by their codes alone: whoever only wakes workers loads no client of a bank.

    People pay by the rail `manual` and by no other.
    """
    return sorted(settings.PAYOUTS_RAILS.keys() - {MANUAL})


def sandbox_bank() -> SwitchableBank:
    """The bank behind the sandbox rail, where it can be made to misbehave."""
    return cast("SwitchableBank", import_string(settings.SANDBOX_BANK)())


class RailOfOtherEnvironment(Forbidden):
    code = "rail_of_other_environment"
    title = "The rail does not serve organizations of this environment"

    def __init__(self, rail: str, environment: Environment) -> None:
        super().__init__(f"The rail {rail!r} does not serve {environment.value} organizations.")


def ensure_rail_serves(environment: Environment, rail: Rail) -> None:
    """Test organizations use the sandbox and nothing else, live ones never. Raises RailOfOtherEnvironment."""
    if (rail.code == SANDBOX) != (environment is Environment.TEST):
        raise RailOfOtherEnvironment(rail.code, environment)
