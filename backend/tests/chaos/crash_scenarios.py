"""How each crash point is reached: below which functions, and by whom."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.strikes import Strike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.chaos.strikes import Fault

BACKEND = Path(__file__).parents[2]
ANYHOW = ("",)

# Commits that a running service makes, with the functions through which each is reached.
SERVICE_COMMITS = {
    "change_status": ANYHOW,
    "beat": ("show_who_works", "handle"),
    "claim_payouts": ANYHOW,
    "create_payout": ANYHOW,
    "create_recipient": ANYHOW,
    "delete_payout": ANYHOW,
    "note_key_uses": ANYHOW,
    "record_outcomes": ("process_payouts", "expire_leases", "inquire_attempts", "record_callback"),
    "settle_events": ANYHOW,
    "take_attempts_to_ask_about": ANYHOW,
    "take_events": ANYHOW,
    "update_recipient": ANYHOW,
}
# Commits that a person makes by a command.
# The same, each with nothing before or behind it: struck without a stack, in tests/access/test_struck_commits.py.
LONE_COMMITS = (
    "assign_organizations",
    "assign_role",
    "change_api_key",
    "change_email",
    "choose_password",
    "create_operator",
    "deactivate_operator",
    "grant_membership",
    "keep_roles",
    "reactivate_operator",
    "rename_organization",
    "reset_password",
    "rotate_api_key",
    "seed_demo",
    "withdraw_membership",
)
# Those that an operator makes on a page, struck in tests/payouts/application/test_struck_commits.py.
CONSOLE_COMMITS = (
    "approve_settlement",
    "ask_rail",
    "find_recipients_by_account",
    "hold_payout",
    "record_bank_switch",
    "refuse_settlement",
    "release_payout",
    "reveal_account_number",
    "settle_payout",
    "start_export",
)
# Those that concern nobody's money, struck in tests/console/test_saved_views.py.
LIST_COMMITS = ("remove_view", "save_view")
COMMAND_COMMITS = (
    "create_api_key",
    "create_organization",
    "remove_second_factors",
    "revoke_api_key",
    "set_up_administrator",
)
# Those that an operator makes who signs in.
SIGN_IN_COMMITS = ("use_code",)
RESTORE_COMMITS = ("adopt_attempts", "doubt_attempts", "hold_everything")
ROTATION_COMMITS = ("encrypt_anew", "encrypt_factors_anew", "rehash_account_numbers")
# Between a call to another server and the commit of what came of it.
CALLS = {
    "expire_leases.found",
    "inquire_attempts.answered",
    "process_payouts.answered",
    "record_callback.verified",
    "relay_events.handed_over",
}


def service_strikes(fault: Fault) -> Iterator[Strike]:
    """One strike for each side of each commit on each way to it, and one for each call."""
    for commit, ways in SERVICE_COMMITS.items():
        for way in ways:
            yield from (Strike(f"{commit}.{side}", fault, way) for side in ("uncommitted", "committed"))
    yield from (Strike(call, fault) for call in sorted(CALLS))


def strikes_at(commits: Iterable[str], fault: Fault) -> Iterator[Strike]:
    for commit in commits:
        yield from (Strike(f"{commit}.{side}", fault) for side in ("uncommitted", "committed"))


def names_in_the_code(function: str) -> set[str]:
    """The first arguments of all calls of a function in the service's sources, each a literal."""
    sources = (path for path in BACKEND.rglob("*.py") if "tests" not in path.relative_to(BACKEND).parts)
    trees = (ast.parse(path.read_text()) for path in sources if path.parent.name != "database")
    return {
        ast.literal_eval(node.args[0])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name_of(node.func) == function
    }


def _name_of(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))
