from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from infrastructure.payouts.cache import (
    PAGE_LIFETIME_SECONDS,
    bump_list_version,
    cached_page,
    renew_list_version,
)
from tests.infrastructure.metrics.counted import Rise
from tests.infrastructure.payouts.pages import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from tests.infrastructure.own_valkey import OwnValkey

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_it_builds_a_page_once(shelf: Shelf) -> None:
    assert [shelf.read() for _ in range(3)] == ["as it was"] * 3
    assert shelf.builds == 1


def test_it_gives_a_cached_page_as_it_was_built() -> None:
    page = (
        '{"results":[{"id":1152921504606846976,"amount":"100.50","name":"Zoë","failure":null}],"next":null}'
    )
    for _ in range(2):
        assert cached_page(organization_id=1, page_key="p", build=lambda: page) == page


def test_it_keeps_nothing_readable(shelf: Shelf, valkey: OwnValkey) -> None:
    shelf.change("UA1234567890")
    shelf.read()
    with valkey.cache_client(decode_responses=False) as client:
        (page,) = (client.get(key) for key in client.keys("*payout-list:*"))
    assert page
    assert b"UA1234567890" not in page


@pytest.mark.parametrize("keys", ["gone:Z29uZS1nb25lLWdvbmUtZ29uZS1nb25lLWdvbmUtZ28="])
def test_it_builds_anew_what_it_cannot_decrypt(shelf: Shelf, settings: Settings, keys: str) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    shelf.read()
    settings.FIELD_ENCRYPTION_KEYS = keys.replace("Z29u", "b3Ro")
    shelf.change("new")
    assert shelf.read() == "new"


@pytest.mark.parametrize(
    "garbage", ["", "7", "{version}", "{version}!", "{version}AAAA", "{version}" + "A" * 99]
)
def test_it_builds_anew_instead_of_garbage(shelf: Shelf, valkey: OwnValkey, garbage: str) -> None:
    shelf.read()
    with valkey.cache_client() as client:
        (page,) = client.keys("*payout-list:*")
        (version,) = client.mget(client.keys("*payout-list-version:*"))
        client.set(page, garbage.format(version=version))
    assert shelf.read() == "as it was"


def test_it_takes_no_page_for_another(shelf: Shelf, valkey: OwnValkey) -> None:
    shelf.read("first")
    with valkey.cache_client(decode_responses=False) as client:
        (first,) = client.keys("*payout-list:*")
        page = client.get(first)
        assert page
        shelf.change("new")
        shelf.read("second")
        (second,) = set(client.keys("*payout-list:*")) - {first}
        client.set(second, page)
    assert shelf.read("second") == "new"


def test_it_takes_no_page_of_another_version_that_says_it_is_of_this_one(
    shelf: Shelf, valkey: OwnValkey
) -> None:
    shelf.read()
    with valkey.cache_client(decode_responses=False) as client:
        (page,) = client.keys("*payout-list:*")
        (version,) = client.keys("*payout-list-version:*")
        old, kept = client.get(version), client.get(page)
        shelf.change("new")
        renew_list_version(shelf.organization_id)
        new = client.get(version)
        assert isinstance(old, bytes)
        assert isinstance(new, bytes)
        assert isinstance(kept, bytes)
        client.set(page, new + kept[len(old) :])
    assert shelf.read() == "new"


@pytest.mark.parametrize("bump", [renew_list_version, bump_list_version])
def test_it_builds_anew_after_each_change(bump: Callable[[int], None], shelf: Shelf) -> None:
    for content in ("a", "b", "c"):
        shelf.change(content)
        bump(shelf.organization_id)
        assert [shelf.read(), shelf.read()] == [content] * 2
    assert shelf.builds == 3


def test_it_builds_anew_after_a_change_that_came_before_the_first_page(shelf: Shelf) -> None:
    renew_list_version(shelf.organization_id)
    assert shelf.read() == "as it was"
    shelf.change("new")
    renew_list_version(shelf.organization_id)
    assert shelf.read() == "new"


def test_it_keeps_pages_apart(shelf: Shelf) -> None:
    assert shelf.read("first") == "as it was"
    shelf.change("another")
    assert shelf.read("second") == "another"
    assert shelf.read("first") == "as it was"


def test_it_makes_all_pages_of_an_organization_old_and_no_others() -> None:
    acme, globex = Shelf(1), Shelf(2)
    for shelf in (acme, globex):
        shelf.read("first")
        shelf.read("second")
        shelf.change("new")
    renew_list_version(acme.organization_id)

    assert [acme.read("first"), acme.read("second")] == ["new"] * 2
    assert [globex.read("first"), globex.read("second")] == ["as it was"] * 2


def test_it_never_serves_again_a_page_that_a_change_has_overtaken(shelf: Shelf) -> None:
    def somebody_changes_it() -> None:
        shelf.change("new")
        renew_list_version(shelf.organization_id)

    # Read before the change, and finished after it: right for this reader, and for nobody after.
    assert shelf.read(meanwhile=somebody_changes_it) == "as it was"
    assert shelf.read() == "new"


def test_it_does_not_let_a_slow_reader_put_an_old_page_over_a_new_one(shelf: Shelf) -> None:
    def somebody_changes_it_and_reads() -> None:
        shelf.change("new")
        renew_list_version(shelf.organization_id)
        assert shelf.read() == "new"

    assert shelf.read(meanwhile=somebody_changes_it_and_reads) == "as it was"
    assert shelf.read() == "new"


def test_it_survives_the_loss_of_everything_while_a_page_is_built(shelf: Shelf, valkey: OwnValkey) -> None:
    def everything_is_lost_and_changed() -> None:
        with valkey.cache_client() as client:
            client.flushall()
        shelf.change("new")
        renew_list_version(shelf.organization_id)

    assert shelf.read(meanwhile=everything_is_lost_and_changed) == "as it was"
    assert shelf.read() == "new"


@pytest.mark.parametrize("changes_before", [0, 1, 5])
def test_it_brings_no_old_page_back_when_only_the_version_is_lost(
    changes_before: int, shelf: Shelf, valkey: OwnValkey
) -> None:
    for _ in range(changes_before):
        renew_list_version(shelf.organization_id)
    assert shelf.read() == "as it was"
    shelf.change("new")
    with valkey.cache_client() as client:
        assert client.delete(*client.keys("*payout-list-version*")) == 1

    assert shelf.read() == "new"


@pytest.mark.parametrize("changes_after", [1, 5])
def test_it_brings_no_old_page_back_when_changes_follow_the_loss(
    changes_after: int, shelf: Shelf, valkey: OwnValkey
) -> None:
    for content in ("1", "2", "3"):
        shelf.change(content)
        renew_list_version(shelf.organization_id)
        shelf.read()
    with valkey.cache_client() as client:
        client.delete(*client.keys("*payout-list-version*"))
    for number in range(changes_after):
        shelf.change(f"new {number}")
        renew_list_version(shelf.organization_id)
        assert shelf.read() == f"new {number}"


def test_it_lets_old_pages_die_and_versions_live(shelf: Shelf, valkey: OwnValkey) -> None:
    shelf.read()
    with valkey.cache_client() as client:
        lives = {key: client.ttl(key) for key in client.keys("*")}
    versions = [life for key, life in lives.items() if "version" in key]
    pages = [life for key, life in lives.items() if "version" not in key]
    assert versions == [-1]  # never
    assert len(pages) == 1
    assert 0 < pages[0] <= PAGE_LIFETIME_SECONDS


def test_it_raises_nothing_when_the_version_is_lost_in_the_middle_of_a_change(
    shelf: Shelf, valkey: OwnValkey
) -> None:
    done = threading.Event()

    def lose_everything_again_and_again() -> None:
        with valkey.cache_client() as client:
            while not done.is_set():
                client.flushall()

    with ThreadPoolExecutor(1) as elsewhere:
        losing = elsewhere.submit(lose_everything_again_and_again)
        try:
            for _ in range(500):
                bump_list_version(shelf.organization_id)
        finally:
            done.set()
        losing.result()


def test_it_counts_what_it_finds_and_what_it_does_not(shelf: Shelf, settings: Settings) -> None:
    rise = Rise()
    for _ in range(3):
        shelf.read()
    settings.FIELD_ENCRYPTION_KEYS = "gone:Z29uZS1nb25lLWdvbmUtZ29uZS1nb25lLWdvbmUtZ28="
    shelf.read()
    found = {
        result: rise.of("payouts_list_cache_total", result=result) for result in ("hit", "miss", "unreadable")
    }
    assert found == {"hit": 2, "miss": 1, "unreadable": 1}
