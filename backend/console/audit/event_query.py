"""What the audit is asked for, in its address. What is not understood is refused by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError

from console.audit.subjects import KINDS
from payouts.api.fields import IdInQueryField, MomentField, StrictSerializer, TextField, find_id
from payouts.api.serializers import StrictChoiceField
from payouts.domain.events import PAYOUT
from payouts.selectors import find_payout_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import QueryDict

AFTER = "after"
# What a beginning ends with, where others are meant whole.
ANY_END = "*"
_TYPE_LENGTH, _ACTOR_LENGTH, _REQUEST_ID_LENGTH, _SUBJECT_LENGTH = 64, 200, 64, 32
_REFERENCE = re.compile(r"(?:PO)?([0-9A-HJKMNP-TV-Z]{26})", re.ASCII)
# As browsers send what was chosen in a date and time input: without an offset, since it is UTC here.
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)


class _MinuteField(MomentField):
    """Also a minute without an offset, for its first or last moment in UTC."""

    def __init__(self, *, is_end: bool, **options: Any) -> None:
        super().__init__(is_end=is_end, **options)
        self._seconds = ":59.999999Z" if is_end else ":00Z"

    def to_internal_value(self, data: Any) -> datetime:
        is_minute = isinstance(data, str) and _MINUTE.fullmatch(data)
        return super().to_internal_value(data + self._seconds if is_minute else data)


class _Parameters(StrictSerializer):
    subject_type = StrictChoiceField(required=False, choices=list(KINDS))
    subject = TextField(required=False, max_length=_SUBJECT_LENGTH)
    type = TextField(required=False, max_length=_TYPE_LENGTH)
    actor = TextField(required=False, max_length=_ACTOR_LENGTH)
    request_id = TextField(required=False, max_length=_REQUEST_ID_LENGTH)
    occurred_from = _MinuteField(required=False, is_end=False)
    occurred_to = _MinuteField(required=False, is_end=True)
    after = IdInQueryField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("occurred_from"), attrs.get("occurred_to")
        if start and end and start > end:
            raise ValidationError({"occurred_to": "Is before the beginning: nothing could be found."})
        return attrs


@dataclass(frozen=True)
class EventQuery:
    """`given` is what was asked for, as it was written; `problems` says by parameter what is wrong with it.

    With problems nothing is read: a list that left out what it did not understand would show too much.
    """

    given: Mapping[str, str]
    read: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.given.keys() - {AFTER})

    def address_with(self, **page: int) -> str:
        return urlencode({**{name: text for name, text in self.given.items() if name != AFTER}, **page})


def read_event_query(query: QueryDict, *, organization_id: int) -> EventQuery:
    """Never raises. A form sends every field it has: an empty one asks for nothing."""
    given = {name: values[-1].strip() for name, values in query.lists() if values[-1].strip()}
    if repeated := [name for name, values in query.lists() if len(values) > 1]:
        return EventQuery(given, problems=dict.fromkeys(repeated, "Is given more than once."))
    reader = _Parameters(data=given)
    try:
        reader.is_valid(raise_exception=True)
        return EventQuery(given, _with_subject(dict(reader.validated_data), organization_id))
    except ValidationError as error:
        return EventQuery(given, problems=_problems(error.detail))


def _with_subject(read: dict[str, Any], organization_id: int) -> dict[str, Any]:
    """The subject's id, from an id or a payout's reference."""
    text = read.pop("subject", None)
    if text is None:
        return read
    if match := _REFERENCE.fullmatch(text.upper()):
        return read | _payout_called(match[1], read.get("subject_type", PAYOUT), organization_id)
    subject_id = find_id(text)
    if subject_id is None:
        raise ValidationError({"subject": "Must be an id in plain digits, or the reference of a payout."})
    if "subject_type" not in read:
        raise ValidationError({"subject": "Choose what it is the id of, too."})
    return read | {"subject_id": subject_id}


def _payout_called(reference: str, subject_type: str, organization_id: int) -> dict[str, Any]:
    if subject_type != PAYOUT:
        raise ValidationError({"subject": "Only payouts have a reference."})
    payout_id = find_payout_id(organization_id=organization_id, reference=reference)
    if payout_id is None:
        raise ValidationError({"subject": "There is no payout of that reference."})
    return {"subject_type": PAYOUT, "subject_id": payout_id}


def _problems(detail: Any) -> dict[str, str]:
    """By parameter; the framework gives one sentence or a list of them."""
    return {
        name: " ".join(map(str, each)) if isinstance(each, list) else str(each)
        for name, each in detail.items()
    }
