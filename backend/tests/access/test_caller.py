from __future__ import annotations

import pytest

from access.caller import Caller, ScopeMissing, shell_caller
from access.environment import Environment
from access.scopes import EVERY_SCOPE, Scope


def caller_with(*scopes: Scope) -> Caller:
    return Caller(1, Environment.TEST, "api-key:test", frozenset(scopes))


@pytest.mark.parametrize("scope", Scope)
def test_it_may_do_what_its_scope_says_and_nothing_else(scope: Scope) -> None:
    caller = caller_with(scope)
    caller.ensure_may(scope)

    for other in EVERY_SCOPE - {scope}:
        with pytest.raises(ScopeMissing, match=other.value):
            caller.ensure_may(other)


def test_it_sees_bank_details_only_by_the_scope_for_them() -> None:
    assert caller_with(Scope.BANK_DETAILS_READ).sees_bank_details
    assert not caller_with(*EVERY_SCOPE - {Scope.BANK_DETAILS_READ}).sees_bank_details


def test_it_may_do_everything_from_the_servers_shell() -> None:
    caller = shell_caller(organization_id=3, environment=Environment.LIVE)

    assert (caller.organization_id, caller.environment, caller.actor) == (3, Environment.LIVE, "shell")
    assert caller.scopes == EVERY_SCOPE
