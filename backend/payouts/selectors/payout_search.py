"""What an operator types to find payouts: something that names one, or the name of who is paid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, F, Q

from database.words import begins_with_each
from payouts.domain.recipient_names import own_word, words_in
from payouts.models import Recipient
from payouts.selectors.payouts import payouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

# Each is a look into an index. Who has more of them writes more of the name.
MOST_RECIPIENTS = 25
_LONGEST_TEXT, _MOST_WORDS = 200, 5
_LARGEST_ID = BigIntegerField.MAX_BIGINT
# As it is, in an end-to-end id (PO in front), or in a rail's key (the attempt's number behind).
_REFERENCE = re.compile(r"(?:PO)?(?P<reference>[0-9A-HJKMNP-TV-Z]{26})(?:-[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Sought:
    """The payouts that the text names, or else the recipients whose present names have its words.

    `has_more`: there are more such recipients than are looked at.
    """

    payout_ids: Sequence[int] = ()
    recipient_ids: Sequence[int] = ()
    has_more: bool = False


def search(*, organization_id: int, text: str) -> Sought:
    """At most two statements.

    The name on a payout is the recipient's of then. Who was renamed since is found by the new name, with all
    payouts; the names of then are not indexed, since they are one for each payout.
    """
    wanted = text.strip()[:_LONGEST_TEXT].replace("\0", "")
    named = payouts_of(organization_id).filter(_names(wanted)).values_list("pk", flat=True)
    if payout_ids := list(named[:MOST_RECIPIENTS]):
        return Sought(payout_ids=payout_ids)
    recipients = search_recipients(organization_id=organization_id, text=wanted)
    found = list(recipients.order_by("-pk").values_list("pk", flat=True)[: MOST_RECIPIENTS + 1])
    return Sought(recipient_ids=found[:MOST_RECIPIENTS], has_more=len(found) > MOST_RECIPIENTS)


def search_recipients(*, organization_id: int, text: str) -> QuerySet[Recipient]:
    """Those whose names have, for each word of the text, one that begins with it; none for no words.

    Not ordered.
    """
    words = [own_word(word, organization_id) for word in words_in(text)[:_MOST_WORDS]]
    of_organization = Recipient.objects.filter(organization_id=organization_id)
    return (
        of_organization.filter(begins_with_each(F("name_words"), words)) if words else of_organization.none()
    )


def _names(text: str) -> Q:
    condition = Q(idempotency_key=text)
    if match := _REFERENCE.fullmatch(text.upper()):
        condition |= Q(reference=match["reference"])
    if text.isdecimal() and text.isascii() and int(text) <= _LARGEST_ID:
        condition |= Q(pk=int(text))
    return condition
