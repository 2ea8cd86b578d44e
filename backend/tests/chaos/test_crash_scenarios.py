"""A commit or a call that nobody has written a scenario for fails here."""

from __future__ import annotations

from tests.chaos.crash_scenarios import (
    CALLS,
    COMMAND_COMMITS,
    CONSOLE_COMMITS,
    LIST_COMMITS,
    LONE_COMMITS,
    RESTORE_COMMITS,
    ROTATION_COMMITS,
    SERVICE_COMMITS,
    SIGN_IN_COMMITS,
    names_in_the_code,
)


def test_it_has_scenarios_for_every_commit() -> None:
    assert names_in_the_code("in_transaction") == {
        *SERVICE_COMMITS,
        *COMMAND_COMMITS,
        *CONSOLE_COMMITS,
        *LIST_COMMITS,
        *LONE_COMMITS,
        *RESTORE_COMMITS,
        *ROTATION_COMMITS,
        *SIGN_IN_COMMITS,
    }


def test_it_has_scenarios_for_every_call_to_another_server() -> None:
    assert names_in_the_code("reach") == CALLS
