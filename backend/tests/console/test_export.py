"""The list as a file: what it holds, who gets it, and that nobody ever holds it whole."""

from __future__ import annotations

import csv
import io
import time
import uuid
from contextlib import closing
from http import HTTPStatus
from itertools import islice
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, cast

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from ulid import ULID

from access.caller import ScopeMissing
from access.roles import Role
from access.scopes import Scope
from console.payouts import export_file
from console.payouts.export_columns import COLUMNS, harmless
from console.payouts.export_file import ExportFile, TooManyExports
from console.payouts.list_query import ListQuery
from core.answer_time import renewable_by
from events.models import Event
from payouts.application.start_export import start_export
from payouts.models import Payout
from tests.console.cast import Records, event_types, make_operator, sign_in
from tests.factories import make_caller, make_payout, make_recipient

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse
    from django.test import Client

    from payouts.models import Recipient

EXPORT = "/admin/payouts/payout/export/"


@pytest.fixture(autouse=True)
def every_place_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever became of the test before."""
    monkeypatch.setattr(export_file, "_places", BoundedSemaphore(export_file.MOST_AT_ONCE))


@pytest.fixture
def operator(acme: Records) -> Client:
    return sign_in(make_operator("olga", acme.organization, role=Role.OPERATOR))


def export(client: Client, query: str = "") -> StreamingHttpResponse:
    response = client.post(f"{EXPORT}?{query}")
    assert response.status_code == HTTPStatus.OK
    return cast("StreamingHttpResponse", response)


def lines_of(response: StreamingHttpResponse) -> list[list[str]]:
    text = response.getvalue().decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def rows_of(response: StreamingHttpResponse) -> list[dict[str, str]]:
    header, *rows, _last = lines_of(response)
    return [dict(zip(header, row, strict=True)) for row in rows]


def make_many(recipient: Recipient, count: int) -> None:
    references = [str(ULID()) for _ in range(count)]
    Payout.objects.bulk_create(
        Payout(
            organization=recipient.organization,
            recipient=recipient,
            reference=reference,
            end_to_end_id=f"PO{reference}",
            uetr=uuid.uuid4(),
            amount_minor=100,
            currency="USD",
            idempotency_key=reference,
            request_fingerprint="v1",
            recipient_name_snapshot="One of many",
            account_number_snapshot="UA1234567890",
            created_by="test",
            rail="sandbox",
        )
        for reference in references
    )


def test_it_writes_a_line_for_each_payout_of_the_list(
    operator: Client, acme: Records, globex: Records
) -> None:
    response = export(operator, "status=NEW")
    header, row, last = lines_of(response)

    assert header == list(COLUMNS)
    written = dict(zip(header, row, strict=True))
    assert written["reference"] == acme.payout.reference
    assert written["amount"] == "100.50"
    assert written["currency"] == "USD"
    assert written["account_number_masked"] == "UA******7890"
    assert written["created_at"] == f"{acme.payout.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert written["completed_at"] == ""
    assert last[:2] == ["END OF EXPORT", "1 payouts"]
    assert len(last) == len(header)
    assert globex.payout.reference not in str(row)


def test_it_is_a_file_named_after_the_organization_and_the_day(operator: Client) -> None:
    response = export(operator)

    day = f"{timezone.now():%Y-%m-%d}"
    assert response["Content-Disposition"] == f'attachment; filename="payouts-acme-{day}.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.getvalue().startswith(b"\xef\xbb\xbfid,reference,")


def test_it_takes_what_is_searched_for(operator: Client, acme: Records) -> None:
    ada = make_payout(make_recipient(acme.organization, name="Ada Lovelace"))

    assert [row["reference"] for row in rows_of(export(operator, "q=lovelace"))] == [ada.reference]


def test_it_records_who_took_what_before_the_first_line(operator: Client, acme: Records) -> None:
    response = export(operator, "status=NEW&status=FAILED&q=payee&after=")

    event = Event.objects.latest("id")
    assert event.type == "PayoutsExported"
    assert event.actor == "operator:olga"
    assert (event.subject_type, event.subject_id) == ("organization", acme.organization.pk)
    assert event.data == {"filters": {"q": ["payee"], "status": ["NEW", "FAILED"]}}
    response.close()


def test_it_is_not_recorded_in_a_transaction_that_may_be_rolled_back(acme: Records) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        start_export(caller=make_caller(acme.organization), asked={})


def test_it_takes_the_right_to_read_payouts(acme: Records) -> None:
    with pytest.raises(ScopeMissing):
        start_export(caller=make_caller(acme.organization, {Scope.PAYOUTS_CREATE}), asked={})


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_it_is_for_those_who_may_export(acme: Records, role: Role | None) -> None:
    someone = sign_in(make_operator("vera", acme.organization, role=role, permissions="view_"))

    response = someone.post(EXPORT)

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "PayoutsExported" not in event_types(acme.organization)
    assert "Export CSV" not in someone.get("/admin/payouts/payout/").content.decode()


def test_it_is_not_started_by_a_link(operator: Client) -> None:
    assert operator.get(EXPORT).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert b"Export CSV" in operator.get("/admin/payouts/payout/").content


def test_it_is_not_for_an_operator_without_an_organization(outsider: Client) -> None:
    assert outsider.post(EXPORT).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("query", "words"),
    [("status=PAID", "Not all of the filters were understood."), ("q=payee", "Write more of it.")],
)
def test_it_exports_nothing_that_the_list_does_not_show_whole(
    operator: Client, acme: Records, query: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.selectors.payout_search.MOST_RECIPIENTS", 1)
    make_payout(make_recipient(acme.organization, name="Another payee"))

    response = operator.post(f"{EXPORT}?{query}", follow=True)

    assert words in response.content.decode()
    assert "PayoutsExported" not in event_types(acme.organization)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+380 44", "'+380 44"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("Foo;=1", "Foo;'=1"),
        ("Foo\t@x", "Foo\t'@x"),
        ("Foo\n=1", "Foo\n'=1"),
        ("Ada Lovelace-Byron", "Ada Lovelace-Byron"),
        ("a=b; c", "a=b; c"),
        ("order-17", "order-17"),
        ("", ""),
    ],
)
def test_it_lets_no_spreadsheet_calculate(text: str, written: str) -> None:
    assert harmless(text) == written


def test_it_makes_harmless_what_clients_wrote(operator: Client, acme: Records) -> None:
    recipient = make_recipient(
        acme.organization, name="=HYPERLINK(1)", account_number="@123456", bank_code="+B"
    )
    make_payout(recipient, idempotency_key="-key-0001", metadata={"note": "a;=1"})

    row = rows_of(export(operator, f"recipient={recipient.pk}"))[0]

    assert row["recipient_name"] == "'=HYPERLINK(1)"
    assert row["idempotency_key"] == "'-key-0001"
    assert row["bank_code"] == "'+B"
    assert row["account_number_masked"][0] not in "=+-@"
    assert row["metadata"] == '{"note": "a;\'=1"}'
    assert row["amount"] == "100.50"


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "PAYOUTS_IN_A_PIECE", 100)


@pytest.mark.usefixtures("small_pieces")
def test_it_reads_no_more_than_the_next_piece(operator: Client, acme: Records) -> None:
    make_many(acme.recipient, 950)
    response = export(operator, "currency=USD")

    pieces = iter(response)
    sizes, questions = [], []
    for _ in range(12):
        with CaptureQueriesContext(connection) as queries:
            sizes.append(next(pieces).count(b"\r\n"))
        questions.append(len(queries))

    assert sizes == [1, *[100] * 9, 52, 1]
    assert next(pieces, None) is None
    assert questions[0] == 0
    assert max(questions) <= 3


@pytest.mark.usefixtures("small_pieces")
def test_it_writes_every_payout_once_though_others_come_meanwhile(operator: Client, acme: Records) -> None:
    make_many(acme.recipient, 250)
    before = set(Payout.objects.filter(organization=acme.organization).values_list("reference", flat=True))

    pieces = iter(export(operator))
    text = next(pieces) + next(pieces)
    make_many(acme.recipient, 3)
    text += b"".join(pieces)

    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))[1:-1]
    assert sorted(row[1] for row in rows) == sorted(before)


@pytest.mark.usefixtures("small_pieces")
def test_it_shows_that_it_was_broken_off(operator: Client, acme: Records) -> None:
    make_many(acme.recipient, 250)
    response = export(operator)
    pieces = iter(response)

    taken = next(pieces) + next(pieces)
    response.close()

    assert b"END OF EXPORT" not in taken


def new_file(records: Records) -> ExportFile:
    return ExportFile(ListQuery({}), organization_id=records.organization.pk, actor="operator:olga")


def test_it_makes_so_many_at_once_and_no_more(operator: Client, acme: Records) -> None:
    files = [new_file(acme) for _ in range(export_file.MOST_AT_ONCE)]
    try:
        page = operator.post(EXPORT, follow=True).content.decode()
        assert "Other exports are under way." in page
        assert "PayoutsExported" not in event_types(acme.organization)
        files.pop().close()
        with pytest.raises(TooManyExports):
            files.extend(new_file(acme) for _ in range(2))
    finally:
        for file in files:
            file.close()
            file.close()  # does no harm
    assert lines_of(export(operator))[-1][0] == "END OF EXPORT"


@pytest.mark.parametrize("pieces_taken", [0, 1, 9])
def test_it_makes_room_for_the_next_one_however_it_ended(acme: Records, pieces_taken: int) -> None:
    for _ in range(export_file.MOST_AT_ONCE + 1):
        with closing(new_file(acme)) as file:
            assert len(list(islice(file, pieces_taken))) <= pieces_taken


def test_it_makes_room_for_the_next_one_when_it_fails(acme: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "find_payouts", None)
    for _ in range(export_file.MOST_AT_ONCE + 1):
        with pytest.raises(TypeError), closing(new_file(acme)) as file:
            list(file)


@pytest.mark.usefixtures("small_pieces")
def test_it_asks_for_more_time_with_each_piece_until_it_took_too_long(
    acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(acme.recipient, 250)
    renewed: list[float] = []

    def take() -> int:
        renewed.clear()
        file = new_file(acme)
        with renewable_by(lambda: renewed.append(time.monotonic())):
            list(file)
        file.close()
        return len(renewed)

    assert take() == 3
    monkeypatch.setattr(export_file, "LONGEST_SECONDS", 0.0)
    assert take() == 0
