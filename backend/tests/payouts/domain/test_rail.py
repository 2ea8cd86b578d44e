from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from payouts.domain.rail import Capabilities, OrderNotPayable, PaymentOrder, find_problems

ORDER = PaymentOrder(
    reference="01JNAXZ5R8W4Q8T0M9H6N3K2VB",
    end_to_end_id="PO01JNAXZ5R8W4Q8T0M9H6N3K2VB",
    uetr=UUID("7d9b1a3e-58f0-4d1c-9a54-0d6f1f2f9a10"),
    rail_key="01JNAXZ5R8W4Q8T0M9H6N3K2VB-1",
    amount_minor=10_050,
    currency="USD",
    beneficiary_name="John Doe",
    account_number="UA1234567890",
    bank_code="MFO123",
    country="UA",
    remittance_text="01JNAXZ5R8W4Q8T0M9H6N3K2VB",
)
ANYTHING = Capabilities(is_automatic=True, largest_batch=100, largest_amount_minor=10_050)


@pytest.mark.parametrize(
    ("capabilities", "problems"),
    [
        (ANYTHING, []),
        (replace(ANYTHING, currencies=frozenset({"USD"}), countries=frozenset({"UA"})), []),
        (replace(ANYTHING, currencies=frozenset({"EUR"})), [("currency", "currency_unsupported")]),
        (replace(ANYTHING, currencies=frozenset()), [("currency", "currency_unsupported")]),
        (replace(ANYTHING, countries=frozenset({"PL"})), [("recipient_id", "country_unsupported")]),
        (replace(ANYTHING, largest_amount_minor=10_049), [("amount", "limit_exceeded")]),
        (
            Capabilities(is_automatic=False, largest_batch=1, largest_amount_minor=1, currencies=frozenset(), countries=frozenset()),
            [("currency", "currency_unsupported"), ("recipient_id", "country_unsupported"), ("amount", "limit_exceeded")],
        ),
    ],
)  # fmt: skip
def test_it_names_all_that_keeps_a_rail_from_carrying_an_order(
    capabilities: Capabilities, problems: list[tuple[str, str]]
) -> None:
    found = find_problems(capabilities, ORDER)

    assert [(problem.field, problem.code) for problem in found] == problems


def test_it_says_every_problem_in_the_refusal() -> None:
    problems = find_problems(replace(ANYTHING, currencies=frozenset(), largest_amount_minor=1), ORDER)

    refusal = OrderNotPayable(problems)

    assert refusal.detail == "The rail does not pay USD. The amount is above the rail's limit."
    assert refusal.problems == problems


def test_it_keeps_the_account_number_out_of_its_own_description() -> None:
    assert "UA1234567890" not in repr(ORDER)
