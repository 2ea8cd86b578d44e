from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.api_key_token import ApiKeyToken
from access.models import ApiKey, Membership, Operator, Organization
from access.scopes import EVERY_SCOPE

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def make_key(*arguments: str) -> ApiKeyToken:
    """By the command, from whose output everybody gets theirs."""
    token = ApiKeyToken.parse(run("create_api_key", "Acme", *arguments).strip())
    assert token is not None
    return token


@pytest.fixture
def acme() -> Organization:
    run("create_organization", "Acme")
    return Organization.objects.get()


def test_it_makes_a_test_organization_unless_told_otherwise() -> None:
    assert run("create_organization", "Acme").split("\t")[1] == "Acme (test)\n"
    assert run("create_organization", "Globex", "--environment", "live").split("\t")[1] == "Globex (live)\n"


def test_it_says_which_organization_exists_with_another_environment(acme: Organization) -> None:
    with pytest.raises(CommandError, match="'Acme' exists already"):
        run("create_organization", "Acme", "--environment", "live")
    acme.refresh_from_db()
    assert acme.environment == "test"


def test_it_refuses_an_environment_that_there_is_not() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run("create_organization", "Acme", "--environment", "prod")


def test_it_prints_a_new_key_with_every_scope(acme: Organization) -> None:
    token = make_key("--name", "shop")

    api_key = ApiKey.objects.get(public_id=token.public_id)
    assert (api_key.organization, api_key.name, api_key.created_by) == (acme, "shop", "shell")
    assert set(api_key.scopes) == EVERY_SCOPE


@pytest.mark.usefixtures("acme")
def test_it_gives_a_key_the_scopes_that_were_named() -> None:
    token = make_key("--name", "shop", "--scope", "payouts:create", "--scope", "payouts:read")

    assert ApiKey.objects.get(public_id=token.public_id).scopes == ["payouts:create", "payouts:read"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "arguments", [["Acme"], ["Acme", "--name", "shop", "--scope", "payouts:all"], ["--name", "shop"]]
)
def test_it_makes_no_key_of_half_an_order(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("create_api_key", *arguments)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "command", [["create_api_key", "Initech", "--name", "shop"], ["list_api_keys", "Initech"]]
)
def test_it_says_which_organization_it_does_not_know(command: list[str]) -> None:
    with pytest.raises(CommandError, match="no organization named 'Initech'"):
        run(*command)


@pytest.mark.usefixtures("acme")
def test_it_lists_keys_with_their_state_and_without_their_secret() -> None:
    token = make_key("--name", "shop", "--scope", "payouts:read", "--scope", "events:read")
    line = [token.public_id, "Acme (test)", "active", "events:read,payouts:read"]
    made = ApiKey.objects.get().created_at.isoformat(timespec="minutes")
    line += [f"made {made}", "expires never", "from everywhere", "last used never", "after none", "shop"]

    assert run("list_api_keys") == run("list_api_keys", "Acme") == "\t".join(line) + "\n"
    assert run("revoke_api_key", token.public_id) == f"revoked shop ({token.public_id})\n"
    line[2] = "revoked"
    assert run("list_api_keys", "Acme") == "\t".join(line) + "\n"


@pytest.mark.usefixtures("acme")
def test_it_lists_only_the_keys_of_the_organization_that_was_named() -> None:
    make_key("--name", "shop")
    run("create_organization", "Globex")

    assert run("list_api_keys", "Globex") == ""


def test_it_says_which_key_it_does_not_know() -> None:
    with pytest.raises(CommandError, match="no API key with the public id 'publicId0123'"):
        run("revoke_api_key", "publicId0123")


@pytest.mark.usefixtures("acme")
def test_it_makes_a_key_that_ends_and_is_used_from_some_networks() -> None:
    by_duration = make_key(
        "--name", "shop", "--expires-in", "90d", "--network", "10.0.0.0/8", "--network", "::1"
    )
    by_date = make_key("--name", "shop", "--expires-at", "2099-01-31T12:00:00Z")

    short, long = (ApiKey.objects.get(public_id=token.public_id) for token in (by_duration, by_date))
    assert short.expires_at is not None
    assert round((short.expires_at - short.created_at) / timedelta(days=1)) == 90
    assert short.allowed_networks == ["10.0.0.0/8", "::1/128"]
    assert long.expires_at == datetime(2099, 1, 31, 12, tzinfo=UTC)
    assert "expires 2099-01-31T12:00+00:00\tfrom everywhere" in run("list_api_keys")
    assert "from 10.0.0.0/8,::1/128" in run("list_api_keys")


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--expires-in", "90"], "no duration"),
        (["--expires-in", "0d"], "no duration"),
        (["--expires-at", "tomorrow"], "no date and time"),
        (["--expires-at", "2099-01-31T12:00:00"], "no time zone"),
        (["--expires-at", "2020-01-31T12:00:00Z"], "in the past"),
        (["--expires-in", "1d", "--expires-at", "2099-01-31T12:00:00Z"], "not allowed with"),
        (["--network", "10.0.0.1/8"], "has host bits set"),
    ],
)
def test_it_says_what_is_wrong_about_a_keys_terms(arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        run("create_api_key", "Acme", "--name", "shop", *arguments)
    assert not ApiKey.objects.exists()


@pytest.mark.usefixtures("acme")
def test_it_rotates_a_key_with_a_day_of_overlap_unless_told_otherwise() -> None:
    old, kept, hurried = (make_key("--name", name) for name in ("shop", "till", "site"))

    new = ApiKeyToken.parse(run("rotate_api_key", old.public_id).strip())
    run("rotate_api_key", kept.public_id, "--keep-old")
    run("rotate_api_key", hurried.public_id, "--overlap", "30m")

    assert new is not None
    assert f"after {old.public_id}\tshop" in run("list_api_keys")
    ends = [ApiKey.objects.get(public_id=token.public_id).expires_at for token in (old, kept, hurried)]
    now = timezone.now()
    assert [end and round((end - now) / timedelta(minutes=30)) for end in ends] == [48, None, 1]
    with pytest.raises(CommandError, match="revoke one of them first"):
        run("rotate_api_key", old.public_id)


@pytest.mark.usefixtures("acme")
def test_it_changes_a_key() -> None:
    token = make_key("--name", "shop", "--expires-in", "1d", "--network", "10.0.0.0/8")

    run("change_api_key", token.public_id, "--name", "till", "--scope", "payouts:read")
    line = run("list_api_keys").strip().split("\t")
    assert (line[3], line[6], line[-1]) == ("payouts:read", "from 10.0.0.0/8", "till")
    run("change_api_key", token.public_id, "--everywhere", "--never-expires")
    line = run("list_api_keys").strip().split("\t")
    assert (line[5], line[6]) == ("expires never", "from everywhere")
    run("change_api_key", token.public_id, "--network", "::1", "--expires-at", "2099-01-31T12:00:00Z")
    line = run("list_api_keys").strip().split("\t")
    assert (line[5], line[6]) == ("expires 2099-01-31T12:00+00:00", "from ::1/128")


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "arguments",
    [[], ["--everywhere", "--network", "::1"], ["--never-expires", "--expires-in", "1d"]],
)
def test_it_changes_nothing_by_half_an_order(arguments: list[str]) -> None:
    token = make_key("--name", "shop", "--expires-in", "1d")

    with pytest.raises(CommandError, match=r"Name something|given and taken away"):
        run("change_api_key", token.public_id, *arguments)


def test_it_renames_organizations_and_moves_people(acme: Organization) -> None:
    Operator.objects.create_user("jane")

    assert run("rename_organization", "Acme", "Acme Ltd") == f"{acme.pk}\tAcme Ltd (test)\n"
    assert run("grant_membership", "jane", "Acme Ltd") == "jane works for Acme Ltd\n"
    assert Membership.objects.count() == 1
    assert run("withdraw_membership", "jane", "Acme Ltd") == "jane does not work for Acme Ltd\n"
    assert not Membership.objects.exists()
    with pytest.raises(CommandError, match="no operator named 'joe'"):
        run("grant_membership", "joe", "Acme Ltd")
