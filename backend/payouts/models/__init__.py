from payouts.models.attempt import PayoutAttempt
from payouts.models.payout import Payout
from payouts.models.recipient import Recipient
from payouts.models.settlement import Settlement

__all__ = ["Payout", "PayoutAttempt", "Recipient", "Settlement"]
