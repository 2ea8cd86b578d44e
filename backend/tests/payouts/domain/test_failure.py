from __future__ import annotations

import pytest

from payouts.domain.failure import Failure, FailureCode, Source, failure_of_rail

# Written out from the design: whose matter each failure is, and what is done about it.
CAUSES = {
    "account_closed": ("recipient", "update_recipient"),
    "account_frozen": ("recipient", "update_recipient"),
    "account_not_found": ("recipient", "update_recipient"),
    "account_invalid": ("recipient", "update_recipient"),
    "account_restricted": ("recipient", "update_recipient"),
    "holder_name_mismatch": ("recipient", "update_recipient"),
    "currency_unsupported": ("recipient", "update_recipient"),
    "recipient_inactive": ("recipient", "update_recipient"),
    "bank_unavailable": ("rail", "try_later"),
    "bank_rejected": ("rail", "contact_support"),
    "insufficient_funds": ("organization", "fund_account"),
    "limit_exceeded": ("organization", "contact_support"),
    "velocity_exceeded": ("organization", "try_later"),
    "compliance_blocked": ("compliance", "contact_support"),
    "risk_rejected": ("compliance", "contact_support"),
    "approval_rejected": ("organization", "contact_support"),
    "approval_expired": ("organization", "try_later"),
    "provider_error": ("rail", "contact_support"),
    "unknown": ("rail", "contact_support"),
}


def test_it_has_the_codes_of_the_design_and_none_for_a_time_out() -> None:
    assert {code.value for code in FailureCode} == set(CAUSES)
    assert not [code for code in FailureCode if "timeout" in code.value]


@pytest.mark.parametrize("code", FailureCode)
def test_it_tells_whose_matter_a_failure_is_and_what_to_do(code: FailureCode) -> None:
    shown = Failure(code, Source.ENGINE).as_json()

    assert (shown["category"], shown["action"]) == CAUSES[code.value]


def test_it_is_shown_with_all_its_members_as_plain_values() -> None:
    failure = failure_of_rail("account_closed", message="The account is closed.", retryable=False)

    assert failure.as_json() == {
        "code": "account_closed",
        "category": "recipient",
        "source": "rail",
        "retryable": False,
        "action": "update_recipient",
        "provider_code": "account_closed",
        "message": "The account is closed.",
    }
    assert all(type(value) in {str, bool} for value in failure.as_json().values())


@pytest.mark.parametrize("code", FailureCode)
def test_it_takes_over_a_code_that_it_knows(code: FailureCode) -> None:
    assert failure_of_rail(code.value, message="", retryable=True) == Failure(
        code, Source.RAIL, retryable=True, provider_code=code.value
    )


@pytest.mark.parametrize("provider_code", ["", "AC04", "ACCOUNT_CLOSED", "provider_timeout"])
def test_it_keeps_a_code_that_it_does_not_know_readable(provider_code: str) -> None:
    failure = failure_of_rail(provider_code, message="No.", retryable=False)

    assert (failure.code, failure.provider_code) == (FailureCode.UNKNOWN, provider_code)
