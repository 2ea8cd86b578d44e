"""Every reason this bank gives for refusing a transfer."""

from sandbox_bank.transfers import Failure

ACCOUNT_CLOSED = Failure("account_closed", "The beneficiary's account is closed.", retryable=False)
ACCOUNT_NOT_FOUND = Failure("account_not_found", "There is no such account.", retryable=False)
BANK_UNAVAILABLE = Failure("bank_unavailable", "The beneficiary's bank cannot be reached.", retryable=True)
ORDER_EXPIRED = Failure("provider_error", "The order arrived after its valid_until.", retryable=True)
IDEMPOTENCY_CONFLICT = Failure(
    "idempotency_conflict", "This key was used before, with other content.", retryable=False
)

_BY_CODE = {
    failure.code: failure
    for failure in (ACCOUNT_CLOSED, ACCOUNT_NOT_FOUND, BANK_UNAVAILABLE, ORDER_EXPIRED, IDEMPOTENCY_CONFLICT)
}


def get_failure(code: str) -> Failure:
    return _BY_CODE[code]
