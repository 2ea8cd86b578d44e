"""Saying what became of a payout, by one person or by two."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.roles import Role
from console.payouts.settlements_admin import MOST_WAITING, STATES
from events.models import Event
from payouts.domain.settlement import SettlementState, Verdict
from payouts.models import Payout, PayoutAttempt, Settlement
from tests.console.cast import Records, make_operator, read_list, sign_in, text_of
from tests.payouts.application.people import payout_with, person, settle

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

LIST = "admin:payouts_settlement_changelist"
WORDS = {"reason": "It is on the statement", "evidence": "2026-03-02 PO 100.50\r\nbooked"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def two_people(settings: Settings) -> None:
    settings.SETTLING_NEEDS_TWO_PEOPLE = True


@pytest.fixture
def payout(acme: Records) -> Payout:
    return payout_with(acme.recipient, "unknown")


@pytest.fixture
def approver(acme: Records) -> Client:
    return sign_in(make_operator("alma", acme.organization, role=Role.APPROVER))


@pytest.fixture
def proposed(acme: Records, payout: Payout, two_people: None) -> Settlement:  # noqa: ARG001  the setting
    return settle(person(acme.organization), payout)


def page_address(payout: Payout) -> str:
    return reverse("admin:payouts_payout_change", args=[payout.pk])


def read(client: Client, payout: Payout) -> str:
    return text_of(client.get(page_address(payout)))


def say(client: Client, payout: Payout, verdict: str = "paid", **entered: str) -> Answer:
    url = reverse("admin:payouts_payout_settle", args=[payout.pk])
    return client.post(url, {"verdict": verdict, **WORDS, **entered}, follow=True)


def decide(client: Client, verb: str, settlement: Settlement, reason: str = "I have seen it too") -> Answer:
    return client.post(address(verb, settlement), {"reason": reason}, follow=True)


def address(verb: str, settlement: Settlement) -> str:
    return reverse(f"admin:payouts_settlement_{verb}", args=[settlement.pk])


def status_of(payout: Payout) -> str:
    return Payout.objects.get(pk=payout.pk).status


@pytest.mark.parametrize(
    ("verdict", "status", "words"),
    [("paid", "COMPLETED", "it was paid"), ("not_paid", "FAILED", "it was not paid")],
)
def test_it_settles_an_unknown_outcome_with_evidence(
    member: Client, payout: Payout, verdict: str, status: str, words: str
) -> None:
    page = text_of(say(member, payout, verdict))

    assert f"{payout.reference} is settled: {words}." in page
    assert status_of(payout) == status
    assert PayoutAttempt.objects.get(payout=payout).evidence == {
        "settled_by": "operator:mary",
        "reason": "It is on the statement",
        "evidence": "2026-03-02 PO 100.50\nbooked",
    }


def test_it_settles_what_a_person_has_paid_by_hand(member: Client, acme: Records) -> None:
    say(member, acme.attempt.payout)

    assert status_of(acme.attempt.payout) == "COMPLETED"


@pytest.mark.parametrize(
    ("entered", "problem"),
    [
        ({"verdict": ""}, "This field is required."),
        ({"verdict": "perhaps"}, "Select a valid choice."),
        ({"evidence": ""}, "This field is required."),
        ({"evidence": " \r\n "}, "This field is required."),
        ({"evidence": "x" * 2_001}, "at most 2000 characters"),
        ({"evidence": "paid\u202e"}, "it contains the character U+202E, which is not allowed."),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_it_settles_nothing_without_a_verdict_evidence_and_reason(
    member: Client, payout: Payout, entered: dict[str, str], problem: str
) -> None:
    page = text_of(say(member, payout, **entered))

    assert problem in page
    assert status_of(payout) == "PROCESSING"


def test_it_says_beside_the_field_what_is_wrong_with_it(member: Client, payout: Payout) -> None:
    page = text_of(say(member, payout, evidence="paid\u202e"))

    assert "U+202E" in page.partition('id="id_evidence_error"')[2].partition("</ul>")[0]


def test_it_counts_the_lines_of_evidence_as_the_browser_does(member: Client, payout: Payout) -> None:
    say(member, payout, evidence="x\r\n" * 999 + "xx")

    assert status_of(payout) == "COMPLETED"


def test_it_leaves_to_the_bank_what_the_bank_has_in_hand(member: Client, acme: Records) -> None:
    accepted = payout_with(acme.recipient, "accepted")

    page = text_of(say(member, accepted))

    assert "An attempt is out with the rail." in page
    assert status_of(accepted) == "PROCESSING"


@pytest.mark.usefixtures("two_people")
def test_it_only_proposes_where_two_people_settle(member: Client, payout: Payout) -> None:
    told = text_of(member.get(reverse("admin:payouts_payout_settle", args=[payout.pk])))
    page = text_of(say(member, payout))

    assert "somebody else has to approve it" in told
    assert "Somebody else has to approve it." in page
    assert "mary</bdi> says that it was paid: it waits for somebody else" in page
    assert status_of(payout) == "PROCESSING"


def test_it_shows_a_proposal_to_the_one_who_approves(approver: Client, proposed: Settlement) -> None:
    page = read(approver, proposed.payout)

    assert "jane</bdi> says that it was paid" in page
    assert "<bdi>2026-03-02 PO 100.50 USD</bdi><br><bdi>booked</bdi>" in page
    assert address("approve", proposed) in page
    assert address("refuse", proposed) in page
    assert address("take-back", proposed) not in page


def test_it_shows_the_evidence_where_it_is_approved(approver: Client, proposed: Settlement) -> None:
    assert "<bdi>booked</bdi>" in text_of(approver.get(address("approve", proposed)))


def test_it_carries_out_what_a_second_person_approves(approver: Client, proposed: Settlement) -> None:
    page = text_of(decide(approver, "approve", proposed))

    assert f"{proposed.payout.reference} is settled: it was paid." in page
    assert status_of(proposed.payout) == "COMPLETED"
    assert PayoutAttempt.objects.get(pk=proposed.attempt_id).evidence["decided_by"] == "operator:alma"


def test_it_leaves_the_payout_as_it_is_when_a_second_person_refuses(
    approver: Client, proposed: Settlement
) -> None:
    decide(approver, "refuse", proposed, reason="Another amount")

    proposed.refresh_from_db()
    assert (proposed.state, proposed.decision_reason) == ("refused", "Another amount")
    assert status_of(proposed.payout) == "PROCESSING"


@pytest.mark.usefixtures("two_people")
def test_it_lets_nobody_approve_their_own(member: Client, payout: Payout) -> None:
    say(member, payout)
    own = Settlement.objects.get(payout=payout)

    page = text_of(decide(member, "approve", own))

    assert "You have proposed this yourself: somebody else has to approve it." in page
    assert status_of(payout) == "PROCESSING"
    assert address("approve", own) not in read(member, payout)


@pytest.mark.usefixtures("two_people")
def test_it_lets_an_operator_take_back_their_own(acme: Records, payout: Payout) -> None:
    operator = sign_in(make_operator("otto", acme.organization, role=Role.OPERATOR))
    say(operator, payout)
    own = Settlement.objects.get(payout=payout)

    assert address("take-back", own) in read(operator, payout)
    decide(operator, "take-back", own, reason="The wrong statement")
    own.refresh_from_db()
    assert own.state == "refused"


def test_it_lets_an_operator_decide_on_nothing_of_others(acme: Records, proposed: Settlement) -> None:
    operator = sign_in(make_operator("otto", acme.organization, role=Role.OPERATOR))

    assert decide(operator, "approve", proposed).status_code == HTTPStatus.FORBIDDEN
    assert decide(operator, "refuse", proposed).status_code == HTTPStatus.FORBIDDEN
    taken_back = text_of(decide(operator, "take-back", proposed))
    proposed.refresh_from_db()
    assert 'role="alert"' in taken_back
    assert proposed.state == "proposed"
    assert (
        "dialog-body"
        not in read(operator, proposed.payout).partition('id="proposal"')[2].partition("</section>")[0]
    )


def test_it_decides_on_nothing_of_another_organization(globex: Records, proposed: Settlement) -> None:
    stranger = sign_in(make_operator("stan", globex.organization))

    for verb in ("approve", "refuse", "take-back"):
        assert decide(stranger, verb, proposed).status_code == HTTPStatus.NOT_FOUND
    assert str(proposed.payout.reference) not in text_of(stranger.get(reverse(LIST)))


@pytest.mark.parametrize("path", ["approve", "refuse", "take-back"])
def test_it_lets_a_viewer_only_look(acme: Records, proposed: Settlement, path: str) -> None:
    viewer = sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))

    assert decide(viewer, path, proposed).status_code == HTTPStatus.FORBIDDEN
    assert say(viewer, proposed.payout).status_code == HTTPStatus.FORBIDDEN
    assert proposed.payout.reference in text_of(viewer.get(reverse(LIST)))


def test_it_lists_first_what_waits(approver: Client, acme: Records, proposed: Settlement) -> None:
    decided = payout_with(acme.recipient, "needs_review")
    decide(approver, "approve", settle(person(acme.organization), decided))

    page = text_of(approver.get(reverse(LIST)))

    waiting, _, every = page.partition("All settlements")
    assert page_address(proposed.payout) in waiting
    assert address("approve", proposed) in waiting
    assert page_address(decided) not in waiting
    assert page_address(decided) in every
    assert "carried out" in every
    assert "jane, alma" in every


def test_it_lists_the_settlements_of_one_state(approver: Client, proposed: Settlement) -> None:
    def rows(state: str) -> str:
        page = text_of(approver.get(reverse(LIST), {"state": state}))
        return page.partition("All settlements")[2]

    assert proposed.payout.reference in rows("proposed")
    assert proposed.payout.reference not in rows("refused")


@pytest.mark.usefixtures("two_people")
def test_it_asks_as_few_queries_for_many_settlements(approver: Client, acme: Records) -> None:
    for _ in range(3):
        settle(person(acme.organization), payout_with(acme.recipient, "unknown"))

    with CaptureQueriesContext(connection) as queries:
        page = text_of(approver.get(reverse(LIST)))

    assert len(queries) <= 15
    assert page.count(">Approve<") == 3


@pytest.mark.usefixtures("two_people")
def test_it_says_when_more_wait_than_it_shows(
    approver: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.payouts.settlements_admin.MOST_WAITING", 1)
    for _ in range(2):
        settle(person(acme.organization), payout_with(acme.recipient, "unknown"))

    page = text_of(approver.get(reverse(LIST)))

    assert "Only the latest 1 are shown here" in page
    assert page.count(">Approve<") == 1
    assert MOST_WAITING > 1


def test_it_leads_from_a_settlement_to_its_payout(approver: Client, proposed: Settlement) -> None:
    response = approver.get(reverse("admin:payouts_settlement_change", args=[proposed.pk]))

    assert response["Location"] == page_address(proposed.payout)


def test_it_shows_what_was_settled_before_in_the_timeline(member: Client, payout: Payout) -> None:
    say(member, payout)

    timeline = read(member, payout).partition('class="timeline"')[2]

    assert "<bdi>Settled by</bdi></dt><dd><bdi>mary</bdi>" in timeline
    assert "<bdi>2026-03-02 PO 100.50</bdi><br><bdi>booked</bdi>" in timeline


@pytest.mark.usefixtures("two_people")
def test_it_escapes_what_people_wrote(member: Client, approver: Client, payout: Payout) -> None:
    say(member, payout, reason=HOSTILE, evidence=HOSTILE)

    pages = read(approver, payout) + text_of(approver.get(reverse(LIST)))

    assert "<script>alert" not in pages
    assert "&lt;script&gt;alert(1)" in pages


@pytest.mark.usefixtures("own_cache")
def test_it_makes_cached_lists_old(approver: Client, acme: Records, proposed: Settlement) -> None:
    assert read_list(acme, "before") == "before"

    decide(approver, "approve", proposed)

    assert read_list(acme, "after") == "after"


def test_it_writes_nothing_when_it_is_only_looked_at(approver: Client, proposed: Settlement) -> None:
    before = Event.objects.count()

    for verb in ("approve", "refuse"):
        approver.get(address(verb, proposed))

    assert Event.objects.count() == before


def test_it_adds_changes_and_deletes_nothing_in_place(member: Client, proposed: Settlement) -> None:
    addresses = [
        reverse("admin:payouts_settlement_add"),
        reverse("admin:payouts_settlement_change", args=[proposed.pk]),
        reverse("admin:payouts_settlement_delete", args=[proposed.pk]),
    ]

    answers = [member.post(url, {"state": "carried_out", "post": "yes"}).status_code for url in addresses]

    assert answers == [HTTPStatus.FORBIDDEN] * 3


def test_it_has_words_for_every_state_and_verdict() -> None:
    assert set(STATES) == {state.value for state in SettlementState}
    assert {verdict.value for verdict in Verdict} == {"paid", "not_paid"}
