from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from console.application.remove_view import remove_view
from console.application.save_view import MOST_VIEWS, save_view
from console.models import SavedView
from core.crash_points import crash_points
from tests.chaos.crash_scenarios import LIST_COMMITS
from tests.console.cast import Records, make_operator, sign_in, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from access.models import Operator

LIST = "/admin/payouts/payout/"
VIEWS = "/admin/payouts/payout/views/"


@pytest.fixture
def olga(acme: Records) -> Operator:
    return make_operator("olga", acme.organization, permissions="view_payout")


@pytest.fixture
def page(olga: Operator) -> Client:
    return sign_in(olga)


def save(client: Client, name: str, query: str = "status=FAILED") -> Answer:
    return client.post(VIEWS, {"name": name, "query": query}, follow=True)


def names_of(client: Client) -> list[str]:
    _, _, shown = text_of(client.get(LIST)).partition('aria-label="Your views"')
    return [each.partition('"')[0] for each in shown.split('aria-label="Remove the view ')[1:]]


def test_it_shows_a_saved_view_as_a_link_to_the_list(page: Client) -> None:
    answer = save(page, "Big failures", "status=FAILED&amount_from=5000&after=1-1&q=&status=FAILED")

    assert answer.redirect_chain[-1][0] == f"{LIST}?amount_from=5000&status=FAILED"
    assert "Saved as “Big failures”." in text_of(answer)
    assert 'href="?amount_from=5000&amp;status=FAILED" aria-current="page">Big failures</a>' in text_of(
        answer
    )
    assert "Save this view" not in text_of(answer)


def test_it_offers_to_save_what_has_no_name_yet(page: Client) -> None:
    assert "Save this view" in text_of(page.get(f"{LIST}?status=FAILED"))
    assert "Save this view" not in text_of(page.get(LIST))
    assert "Save this view" not in text_of(page.get(f"{LIST}?stage=unknown"))


def test_it_is_of_one_operator_and_one_organization(page: Client, acme: Records, globex: Records) -> None:
    both = sign_in(make_operator("bob", acme.organization, globex.organization, permissions="view_payout"))
    save(page, "Olga's")
    save(both, "Bob's at Acme")

    assert names_of(page) == ["Olga&#x27;s"]
    assert names_of(both) == ["Bob&#x27;s at Acme"]
    both.post("/admin/organization/", {"organization": globex.organization.pk})
    assert names_of(both) == []


def test_it_is_removed_by_its_operator_alone(page: Client, acme: Records) -> None:
    other = sign_in(make_operator("bob", acme.organization, permissions="view_payout"))
    save(page, "Failed")
    url = f"{VIEWS}{SavedView.objects.get().pk}/remove/"

    assert other.post(url).status_code == HTTPStatus.NOT_FOUND
    assert names_of(page) == ["Failed"]
    assert "is removed" in text_of(page.post(url, follow=True))
    assert names_of(page) == []
    assert page.post(url).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("view_id", ["0", "abc", "9" * 30, "-1"])
def test_it_finds_no_view_under_what_is_no_id(page: Client, view_id: str) -> None:
    assert page.post(f"{VIEWS}{view_id}/remove/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("", "status=FAILED", "Name: This field is required."),
        ("x" * 61, "status=FAILED", "Name: Ensure this value has at most 60 characters"),
        ("gnp\u202eexe", "status=FAILED", "Name: Contains the character U+202E"),
        ("Fine", "", "Query: This field is required."),
        ("Fine", "status=PAID", "Status: Is none of those that are offered."),
        ("Fine", "foo=1", "Foo: There is no such field."),
        ("Fine", "q=" + "x" * 5_000, "Query: Ensure this value has at most 4000 characters"),
        ("Fine", "after=1-1", "There is nothing to save"),
    ],
)
def test_it_says_what_cannot_be_saved(page: Client, name: str, query: str, words: str) -> None:
    assert words in text_of(save(page, name, query))
    assert not SavedView.objects.exists()


def test_it_escapes_its_name(page: Client) -> None:
    shown = text_of(save(page, "<script>alert(1)</script>"))

    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_it_takes_a_name_once(page: Client) -> None:
    save(page, "Failed")

    assert "There is a saved view of this name already." in text_of(save(page, "Failed", "status=NEW"))
    assert SavedView.objects.get().query == "status=FAILED"


def test_it_keeps_so_many_and_no_more(page: Client, olga: Operator, acme: Records) -> None:
    for number in range(MOST_VIEWS):
        save_view(
            operator_id=olga.pk, organization_id=acme.organization.pk, name=str(number), query="status=NEW"
        )

    assert "There are 20 saved views already." in text_of(save(page, "One more"))
    assert SavedView.objects.count() == MOST_VIEWS


def test_it_is_for_those_who_may_see_payouts(acme: Records) -> None:
    kim = sign_in(make_operator("kim", acme.organization, permissions="view_recipient"))

    assert kim.post(VIEWS, {"name": "x", "query": "status=NEW"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", [VIEWS, f"{VIEWS}1/remove/"])
def test_it_changes_nothing_by_a_link(page: Client, path: str) -> None:
    assert page.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


class Struck(Exception):  # noqa: N818  what stands for the end of the process
    pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commit", LIST_COMMITS)
def test_it_is_all_or_nothing_when_it_is_struck(
    commit: str, olga: Operator, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs: dict[str, Any] = {
        "operator_id": olga.pk,
        "organization_id": acme.organization.pk,
        "query": "status=NEW",
    }
    view = save_view(name="Kept", **theirs)
    verb: Callable[[], object] = {
        "save_view": lambda: save_view(name="New", **theirs),
        "remove_view": lambda: remove_view(operator_id=olga.pk, view_id=view.pk),
    }[commit]

    for side, is_done in (("uncommitted", False), ("committed", True)):
        with monkeypatch.context() as patched:
            patched.setattr(crash_points, "strike", strike_at(f"{commit}.{side}"))
            with pytest.raises(Struck):
                verb()
        assert (SavedView.objects.count() != 1) == is_done


def strike_at(point: str) -> Callable[[str], None]:
    def strike(reached: str) -> None:
        if reached == point:
            raise Struck

    return strike
