"""Those whom the benchmark pays: many, so that sixteen clients do not queue for one row's lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.refusals import Refusal

if TYPE_CHECKING:
    from bench.stack import Stack

COUNT = 100
DETAILS = {"type": "INDIVIDUAL", "name": "Jane Roe", "bank_code": "MFO123", "country": "UA"}


class IdsNotInARow(Refusal):
    def __init__(self) -> None:
        super().__init__("somebody else adds recipients to the benchmark's database")


@dataclass(frozen=True)
class Recipients:
    """With ids in a row, so that a script can draw one."""

    organization_id: int
    first_id: int
    last_id: int


def add_recipients(stack: Stack) -> Recipients:
    with stack.client().closing() as client:
        ids = [
            client.post("/api/recipients/", DETAILS | {"account_number": f"UA123456{number:04}"}).json()["id"]
            # The sandbox bank takes its part from the last four figures; above 1000 it has none.
            for number in range(2_000, 2_000 + COUNT)
        ]
    if ids != list(range(ids[0], ids[0] + COUNT)):
        raise IdsNotInARow
    organization = stack.ask("SELECT organization_id FROM payouts_recipient WHERE id = %s", ids[0])
    return Recipients(organization, ids[0], ids[-1])
