"""What an operator reads on the page of a payout."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from access.roles import Role
from console.payouts.actor_words import words_of_actor
from console.payouts.attempt_block import STATES
from console.payouts.evidence import facts_in
from console.payouts.failure_words import ADVICE, REASONS
from console.payouts.payout_page import MOST_EVENTS
from console.payouts.timeline import TITLES
from events.models import Event
from payouts.application.delete_payout import delete_payout
from payouts.application.update_recipient import update_recipient
from payouts.domain.attempt import AttemptState
from payouts.domain.events import AccountEvent, PayoutEvent
from payouts.domain.failure import Action, FailureCode, failure_of_rail
from payouts.domain.recipient import RecipientChanges
from payouts.models import Payout, PayoutAttempt
from payouts.selectors import load_attempts_and_settlements
from tests.console.cast import Records, make_operator, sign_in, text_of
from tests.factories import NOON, make_caller, make_payout, make_recipient
from tests.payouts.application.people import payout_with, person
from tests.payouts.repositories.attempt_rows import make_attempt

if TYPE_CHECKING:
    from django.test import Client

    from payouts.domain.failure import Failure

NUMBER, MASKED = "UA1234567890", "UA******7890"
HOSTILE = "<script>alert(1)</script>"
MOST_QUERIES = 15


def read(client: Client, payout: Payout) -> str:
    return text_of(client.get(reverse("admin:payouts_payout_change", args=[payout.pk])))


def add_events(payout: Payout, number: int, **columns: object) -> None:
    usual = {
        "organization_id": payout.organization_id,
        "subject_type": "payout",
        "subject_id": payout.pk,
        "type": PayoutEvent.INQUIRY_REQUESTED.value,
        "actor": "operator:jane",
    }
    Event.objects.bulk_create(Event(**usual | columns) for _ in range(number))


def fail(payout: Payout, failure: Failure) -> Payout:
    PayoutAttempt.objects.filter(payout=payout).update(state="failed", failure=failure.as_json())
    Payout.objects.filter(pk=payout.pk).update(status="FAILED", stage="declined", failure=failure.as_json())
    return Payout.objects.get(pk=payout.pk)


def test_it_tells_what_happened_by_whom_and_why(reader: Client, acme: Records) -> None:
    page = read(reader, acme.attempt.payout)
    timeline = page.partition('class="timeline"')[2].partition("</ol>")[0]

    created, _, taken_over = timeline.partition("Taken over, to be paid by hand")
    assert "Created" in created
    assert "API key test" in created
    assert "“<bdi>test</bdi>”" in taken_over


def test_it_shows_the_amount_with_the_decimals_of_the_currency(reader: Client, acme: Records) -> None:
    page = read(reader, acme.payout)

    assert "100.50 USD" in page
    assert "10050" not in page


def test_it_says_why_a_payout_failed_and_what_helps(reader: Client, acme: Records) -> None:
    failure = failure_of_rail("account_closed", message="Closed on 1 March.", retryable=False)
    payout = fail(payout_with(acme.recipient, "accepted"), failure)

    top = read(reader, payout).partition("<h2>Facts</h2>")[0]

    assert "The recipient&#x27;s account is closed." in top
    assert "Closed on 1 March. (account_closed)" in top
    assert ADVICE[Action.UPDATE_RECIPIENT] in top


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unknown", "Whether the bank has executed it is not known."),
        ("needs_review", "Whether it was paid could not be found out"),
        ("not_sent", "It is tried again by itself."),
    ],
)
def test_it_says_why_a_payout_waits(reader: Client, acme: Records, state: str, words: str) -> None:
    assert words in read(reader, payout_with(acme.recipient, state))


def test_it_tells_a_review_with_nothing_out_from_one_of_an_outcome(reader: Client, acme: Records) -> None:
    payout = payout_with(acme.recipient, "not_sent")
    Payout.objects.filter(pk=payout.pk).update(stage="needs_review", next_run_at=None)

    assert "nothing of it is with the bank" in read(reader, payout)


def test_it_says_that_a_person_pays_what_was_taken_over(reader: Client, acme: Records) -> None:
    assert "A person pays it by hand" in read(reader, acme.attempt.payout)


def test_it_raises_its_voice_when_the_bank_contradicts_itself(reader: Client, acme: Records) -> None:
    calm = read(reader, acme.payout)
    add_events(acme.payout, 1, type=PayoutEvent.OUTCOME_CONTRADICTED.value)

    assert "The bank has contradicted itself." not in calm
    assert "The bank has contradicted itself." in read(reader, acme.payout)


def test_it_shows_what_was_sent_and_what_the_bank_answered(reader: Client, acme: Records) -> None:
    payout = payout_with(acme.recipient, "accepted")
    PayoutAttempt.objects.filter(payout=payout).update(
        state="succeeded", provider_reference="BANK-17", evidence={"reply": {"code": "executed"}}, inquiries=3
    )
    attempt = PayoutAttempt.objects.get(payout=payout)

    page = read(reader, payout)

    for words in (attempt.rail_key, attempt.request_hash, payout.end_to_end_id, str(payout.uetr)):
        assert words in page
    assert "BANK-17" in page
    assert "<dt><bdi>Reply code</bdi></dt><dd><bdi>executed</bdi></dd>" in page
    assert "3 times" in page


def test_it_says_whether_the_order_that_it_shows_is_the_one_that_was_sent(
    reader: Client, acme: Records
) -> None:
    forged = payout_with(acme.recipient, "accepted")  # its hash is made up

    assert "It fits: exactly this was taken over" in read(reader, acme.attempt.payout)
    assert "It cannot be compared here" in read(reader, forged)


def test_it_shows_the_latest_attempt_first(reader: Client, acme: Records) -> None:
    payout = payout_with(acme.recipient, "accepted")
    PayoutAttempt.objects.filter(payout=payout).update(state="failed")
    make_attempt(payout, number=2)

    page = read(reader, payout)

    assert 0 < page.index("Attempt 2 on sandbox") < page.index("Attempt 1 on sandbox")


def test_it_shows_the_recipient_then_and_now(reader: Client, acme: Records) -> None:
    unchanged = read(reader, acme.payout)
    changes = RecipientChanges(name="Jane Roe", account_number="UA9999997890")
    caller = make_caller(acme.organization)
    update_recipient(caller=caller, recipient_id=acme.recipient.pk, changes=changes, now=NOON)

    page = read(reader, acme.payout)

    assert ">changed<" not in unchanged
    assert "<bdi>Payee of Acme</bdi>" in page
    assert "<bdi>Jane Roe</bdi>" in page
    # The masked numbers look alike, and still one of them is another.
    assert page.count(">changed<") == 2
    assert NUMBER not in page
    assert page.count(MASKED) >= 2


def test_it_shows_a_payout_whose_number_cannot_be_read(reader: Client, acme: Records) -> None:
    payout = acme.attempt.payout
    other = make_recipient(acme.organization)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL payouts.reencrypting = 'on'")
        cursor.execute(
            "UPDATE payouts_payout SET account_number_snapshot_encrypted ="
            " (SELECT account_number_encrypted FROM payouts_recipient WHERE id = %s) WHERE id = %s",
            [other.pk, payout.pk],
        )

    page = read(reader, payout)

    assert "********" in page
    assert "It cannot be compared here" in page


def test_it_escapes_what_others_wrote(reader: Client, acme: Records) -> None:
    recipient = make_recipient(acme.organization, name=HOSTILE)
    payout = make_payout(recipient, metadata={HOSTILE: HOSTILE})
    attempt = make_attempt(
        payout,
        state="failed",
        provider_reference=HOSTILE,
        evidence={HOSTILE: HOSTILE},
        failure={"code": HOSTILE, "message": HOSTILE, "provider_code": HOSTILE},
    )
    data = {"reason": HOSTILE, "evidence": {"said": HOSTILE}, "failure": attempt.failure, "verdict": HOSTILE}
    add_events(payout, 1, type=HOSTILE, actor=HOSTILE, data=data)

    page = read(reader, payout)

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") > 10


def test_it_lets_no_text_hide_or_turn_the_words_around_it(reader: Client, acme: Records) -> None:
    payout = payout_with(acme.recipient, "unknown")
    Payout.objects.filter(pk=payout.pk).update(status_details="paid\u202etohsil\u200b")
    add_events(payout, 1, data={"reason": "a\u202eb"}, actor="operator:\u2066jane")

    page = read(reader, payout)

    assert not {"\u202e", "\u200b", "\u2066"} & set(page)
    assert "paid[U+202E]tohsil[U+200B]" in page
    assert "<bdi>a[U+202E]b</bdi>" in page


def test_it_shows_the_raw_events(reader: Client, acme: Records) -> None:
    raw = read(reader, acme.payout).partition('class="raw"')[2]

    assert "&quot;type&quot;: &quot;PayoutCreated&quot;" in raw
    assert "&quot;idempotency_key&quot;" in raw or "&quot;reference&quot;" in raw


def test_it_leads_to_the_payouts_beside_it(reader: Client, acme: Records) -> None:
    first, middle, last = (make_payout(make_recipient(acme.organization)) for _ in range(3))

    page = read(reader, middle)

    assert link_to(first, page, rel="prev")
    assert link_to(last, page, rel="next")
    assert 'rel="next"' not in read(reader, last)


def link_to(payout: Payout, page: str, rel: str) -> bool:
    return f'rel="{rel}" href="{reverse("admin:payouts_payout_change", args=[payout.pk])}"' in page


def test_it_passes_by_deleted_payouts_and_those_of_others(
    reader: Client, acme: Records, globex: Records
) -> None:
    payout, gone = make_payout(acme.recipient), make_payout(acme.recipient)
    make_payout(globex.recipient)
    delete_payout(caller=person(acme.organization), payout_id=gone.pk, now=NOON)

    page = read(reader, payout)

    assert 'rel="next"' not in page
    assert gone.reference not in page
    assert "Globex" not in page


def test_it_warns_of_the_same_amount_to_the_same_recipient(reader: Client, acme: Records) -> None:
    recipient = make_recipient(acme.organization)
    payout, twin, other = (
        make_payout(recipient),
        make_payout(recipient),
        make_payout(make_recipient(acme.organization)),
    )

    assert "Look whether it was asked for twice." in read(reader, payout)
    assert twin.reference in read(reader, payout).partition("<h2>Facts</h2>")[0]
    assert "Look whether it was asked for twice." not in read(reader, other)


def test_it_takes_payouts_of_different_days_for_no_twins(reader: Client, acme: Records) -> None:
    recipient = make_recipient(acme.organization)
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        payout = make_payout(recipient)
    later = make_payout(recipient)

    page = read(reader, later)

    assert payout.reference in page  # of the same recipient
    assert "Look whether it was asked for twice." not in page


def test_it_takes_what_is_paid_again_after_a_failure_for_no_twin(reader: Client, acme: Records) -> None:
    recipient = make_recipient(acme.organization)
    failure = failure_of_rail("account_closed", message="", retryable=False)
    failed, again = fail(payout_with(recipient, "accepted"), failure), make_payout(recipient)

    pages = [read(reader, payout) for payout in (failed, again)]

    assert not [page for page in pages if "Look whether it was asked for twice." in page]


def test_it_answers_404_for_a_deleted_payout(member: Client, acme: Records) -> None:
    delete_payout(caller=person(acme.organization), payout_id=acme.payout.pk, now=NOON)

    response = member.get(reverse("admin:payouts_payout_change", args=[acme.payout.pk]))

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "There is no such payout" in text_of(response)


def test_it_asks_as_few_queries_however_long_the_history_is(reader: Client, acme: Records) -> None:
    payout = payout_with(acme.recipient, "accepted")
    PayoutAttempt.objects.filter(payout=payout).update(state="failed")
    for number in range(2, 6):
        make_attempt(payout, number=number, state="failed")
        make_payout(acme.recipient)
    add_events(payout, MOST_EVENTS, data={"reason": "why", "attempt": 1})

    with CaptureQueriesContext(connection) as queries:
        page = read(reader, payout)

    assert len(queries) <= MOST_QUERIES
    assert page.count("The bank is to be asked") == MOST_EVENTS


def test_it_says_that_it_shows_the_latest_events_alone(reader: Client, acme: Records) -> None:
    add_events(acme.payout, MOST_EVENTS - 1)
    whole = read(reader, acme.payout)
    add_events(acme.payout, 1, data={"reason": "the last one"})
    latest = read(reader, acme.payout)

    assert "are shown" not in whole
    assert f"Only the latest {MOST_EVENTS} events are shown" in latest
    assert "the last one" in latest
    assert "<strong>Created</strong>" not in latest


def test_it_shows_the_whole_number_to_whoever_says_why(member: Client, acme: Records) -> None:
    url = reverse("admin:payouts_payout_reveal", args=[acme.payout.pk])
    page = read(member, acme.payout)

    response = member.post(url, {"reason": "The bank asks"})

    assert url in page
    assert NUMBER in text_of(response)
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.filter(subject_type="payout", subject_id=acme.payout.pk).latest("id")
    assert (event.type, event.actor) == (AccountEvent.NUMBER_REVEALED.value, "operator:mary")
    assert event.data == {"reason": "The bank asks"}
    assert NUMBER not in read(member, acme.payout)  # nor is it left in a message


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_shows_no_number_without_a_reason(member: Client, acme: Records, reason: str) -> None:
    response = member.post(reverse("admin:payouts_payout_reveal", args=[acme.payout.pk]), {"reason": reason})

    assert NUMBER not in text_of(response)
    assert not Event.objects.filter(type=AccountEvent.NUMBER_REVEALED.value).exists()


def test_it_offers_the_number_to_those_who_may_see_it(acme: Records) -> None:
    viewer = sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))

    assert reverse("admin:payouts_payout_reveal", args=[acme.payout.pk]) not in read(viewer, acme.payout)


def test_it_needs_the_right_to_look_at_payouts(acme: Records) -> None:
    stranger = sign_in(make_operator("stan", acme.organization, permissions="view_recipient"))

    response = stranger.get(reverse("admin:payouts_payout_change", args=[acme.payout.pk]))

    assert response.status_code == HTTPStatus.FORBIDDEN


def test_it_has_words_for_everything_that_can_happen() -> None:
    assert set(TITLES) == {*(event.value for event in PayoutEvent), AccountEvent.NUMBER_REVEALED.value}
    assert set(REASONS) == set(FailureCode)
    assert set(ADVICE) == set(Action)
    assert set(STATES) == {state.value for state in AttemptState}


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("operator:mary", "mary"),
        ("api-key:pk_test_1", "API key pk_test_1"),
        ("rail:sandbox", "the rail sandbox"),
        ("engine", "the engine"),
        ("shell", "somebody at the server's shell"),
        ("something else", "something else"),
    ],
)
def test_it_names_who_acts(actor: str, words: str) -> None:
    assert words_of_actor(actor) == words


def test_it_flattens_evidence_into_facts() -> None:
    evidence = {"settled_by": "operator:mary", "bank": {"lines": ["a", 1]}, "none": None}

    assert facts_in(evidence) == [
        ("settled by", "mary"),
        ("bank lines 1", "a"),
        ("bank lines 2", "1"),
        ("none", ""),
    ]
    assert len(facts_in({"lines": ["x"] * 1_000})) == 50
    assert facts_in(None) == []


def test_it_loads_attempts_by_an_index_that_begins_with_the_organization(acme: Records) -> None:
    payout = acme.attempt.payout
    with CaptureQueriesContext(connection) as queries:
        load_attempts_and_settlements(payout)
        assert list(payout.attempts.all()) == [acme.attempt]

    assert len(queries) == 2
    assert all('"organization_id" = ' in query["sql"] for query in queries.captured_queries)
