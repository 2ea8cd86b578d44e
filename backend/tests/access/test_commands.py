from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.api_key_token import ApiKeyToken
from access.models import ApiKey, Organization
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
    line += ["expires never", "from everywhere", "last used never", "after none", "shop"]

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
