from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.tokens import default_token_generator

from access.application.operator_events import record_operator_event
from access.repositories import lock_operator, save_operator
from core.actor import operator_actor
from core.exceptions import Conflict
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Operator


class LinkUsed(Conflict):
    code = "link_used"
    title = "The link is good no more"

    def __init__(self) -> None:
        super().__init__("The link has been used, or another was made since. Ask for a new one.")


@in_transaction("choose_password")
def choose_password(*, operator_id: int, token: str, password: str) -> Operator:
    """Afterwards the operator signs in with the password, and the link is good no more.

    Asked again below the lock: of two who bring the same link at once, one chooses. Raises LinkUsed.
    """
    operator = lock_operator(operator_id)
    if not operator.is_active or not default_token_generator.check_token(operator, token):
        raise LinkUsed
    operator.set_password(password)
    save_operator(operator, fields=["password"])
    record_operator_event("PasswordChosen", operator, actor=operator_actor(operator.get_username()))
    return operator
