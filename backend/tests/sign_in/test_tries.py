"""Wrong tries are counted: enough of them to be mistaken, too few to guess."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from limits.storage import MemoryStorage, RedisStorage
from structlog.testing import capture_logs

from sign_in.client_address import network_of
from sign_in.tries import Allowance, Tries, password_allowances, second_factor_allowances, tries
from tests.sign_in.people import Person, add_app, enter_code, enter_password, is_signed_in, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_django import Settings

    from access.models import Organization

PASSWORD_CHANGE = "/admin/password_change/"
NOWHERE = "redis://127.0.0.1:1/0"
FIVE = [Allowance("ada", 5, 60)]


@pytest.fixture
def _redis_is_away(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    tries.cache_clear()


def browser_at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def count_allowed(allowances: Sequence[Allowance], *, of: int) -> int:
    return sum(tries().take(allowances) for _ in range(of))


def test_it_allows_so_many_and_no_more() -> None:
    assert [tries().take(FIVE) for _ in range(7)] == [True] * 5 + [False] * 2


def test_it_counts_many_at_once_without_missing_one() -> None:
    with ThreadPoolExecutor(16) as threads:
        allowed = list(threads.map(lambda _: tries().take(FIVE), range(64)))

    assert allowed.count(True) == 5


def test_it_gives_back_what_was_right() -> None:
    for _ in range(20):
        assert tries().take(FIVE)
        tries().give_back(FIVE)


def test_it_counts_those_who_share_an_address() -> None:
    names = [password_allowances(username=f"user{number}", address="192.0.2.1") for number in range(40)]

    assert sum(tries().take(each) for each in names) == 30


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_it_takes_the_addresses_of_one_customer_for_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_it_takes_a_name_for_the_same_however_it_is_written() -> None:
    for spelling in ("ADA", "Ada", "ada", "aDa", "adA"):
        assert tries().take(password_allowances(username=spelling, address="192.0.2.1"))

    assert not tries().take(password_allowances(username="ada", address="192.0.2.1"))


def test_it_lets_nobody_at_one_address_use_up_what_a_person_has_elsewhere() -> None:
    assert count_allowed(password_allowances(username="ada", address="192.0.2.66"), of=500) == 5

    assert tries().take(password_allowances(username="ada", address="192.0.2.1"))


def test_it_bounds_what_many_addresses_can_guess_together() -> None:
    strangers = [password_allowances(username="ada", address=f"192.0.2.{number}") for number in range(100)]

    assert sum(tries().take(each) for each in strangers) == 50


def test_it_bounds_a_day_of_codes() -> None:
    first, day = second_factor_allowances(operator_id=1)

    assert (first.tries, first.seconds) == (5, 900)
    assert count_allowed([day], of=40) == 30


@pytest.mark.usefixtures("_redis_is_away")
def test_it_counts_for_itself_while_redis_is_away() -> None:
    with capture_logs() as lines:
        assert count_allowed(FIVE, of=9) == 5
        tries().give_back(FIVE)
        tries().give_back(FIVE)
        tries().give_back(FIVE)

    assert {line["event"] for line in lines} == {"sign_in_counts_alone"}
    assert tries().take(FIVE) is False  # nine were counted, and three given back


def test_it_counts_the_same_for_all_processes(settings: Settings) -> None:
    redis = settings.CACHES["default"]
    prefix = redis["KEY_PREFIX"]
    one, other = (
        Tries(RedisStorage(redis["LOCATION"], key_prefix=prefix), MemoryStorage()) for _ in range(2)
    )

    assert [one.take(FIVE) for _ in range(3)] + [other.take(FIVE) for _ in range(3)] == [True] * 5 + [False]


def test_it_asks_who_was_wrong_too_often_to_wait(ada: Person) -> None:
    browser = browser_at("192.0.2.66")
    for _ in range(5):
        enter_password(browser, ada, password="wrong")
    with capture_logs() as lines:
        answer = enter_password(browser, ada)

    assert "Too many wrong tries" in text_of(answer)
    assert not is_signed_in(browser)
    assert [line["reason"] for line in lines if line["event"] == "sign_in_failed"] == ["too_many_tries"]
    elsewhere = browser_at("192.0.2.1")
    enter_password(elsewhere, ada)
    assert is_signed_in(elsewhere)


def test_it_lets_an_operator_in_as_often_as_they_like(ada: Person) -> None:
    for _ in range(8):
        browser = browser_at("192.0.2.1")
        enter_password(browser, ada)
        assert is_signed_in(browser)


@pytest.mark.usefixtures("_redis_is_away")
def test_it_lets_operators_in_while_redis_is_away_and_guesses_out(ada: Person) -> None:
    owner, stranger = browser_at("192.0.2.1"), browser_at("192.0.2.66")
    enter_password(owner, ada)
    app = add_app(owner, ada)
    again = browser_at("192.0.2.1")
    enter_password(again, ada)
    enter_code(again, app.code())

    for _ in range(5):
        enter_password(stranger, ada, password="wrong")

    assert is_signed_in(again)
    assert "Too many wrong tries" in text_of(enter_password(stranger, ada))


def test_it_bounds_wrong_codes_wherever_they_come_from(ada: Person) -> None:
    owner = browser_at("192.0.2.1")
    enter_password(owner, ada)
    app = add_app(owner, ada)
    for number in range(5):
        stranger = browser_at(f"192.0.2.{number}")
        enter_password(stranger, ada)
        enter_code(stranger, "000000" if app.code() != "000000" else "000001")
    last = browser_at("192.0.2.66")
    enter_password(last, ada)

    assert "Too many wrong tries" in text_of(enter_code(last, app.code()))
    assert not is_signed_in(last)


def test_it_counts_wrong_passwords_that_are_asked_for_again(ada: Person, organization: Organization) -> None:  # noqa: ARG001  ada's
    browser = browser_at("192.0.2.66")
    enter_password(browser, ada)
    for _ in range(5):
        browser.post("/sign-in/again/", {"password": "wrong"})

    assert "Too many wrong tries" in text_of(browser.post("/sign-in/again/", {"password": ada.password}))


def test_it_counts_wrong_old_passwords_where_the_password_is_changed(ada: Person) -> None:
    browser = browser_at("192.0.2.66")
    enter_password(browser, ada)
    new = dict.fromkeys(["new_password1", "new_password2"], "another horse battery staple")
    with capture_logs() as lines:
        for guess in ["wrong"] * 5:
            answer = browser.post(PASSWORD_CHANGE, {"old_password": guess, **new})
            assert "old password was entered incorrectly" in text_of(answer)
        answer = browser.post(PASSWORD_CHANGE, {"old_password": ada.password, **new})

    assert "Too many wrong tries" in text_of(answer)
    failed = [(line["operator"], line["reason"]) for line in lines if line["event"] == "sign_in_failed"]
    assert failed == [("ada", "password")] * 5 + [("ada", "too_many_tries")]
    ada.operator.refresh_from_db()
    assert ada.operator.check_password(ada.password)
