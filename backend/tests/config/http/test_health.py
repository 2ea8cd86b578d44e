from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings


@pytest.mark.django_db
def test_it_is_healthy_when_everything_answers(client: Client) -> None:
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {"database": True, "redis": True, "status": "healthy"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_redis")
def test_it_is_degraded_without_redis(client: Client) -> None:
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json() == {"database": True, "redis": False, "status": "degraded"}


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_redis")
def test_it_is_ready_without_redis(client: Client) -> None:
    response = client.get("/health/ready/")
    assert response.status_code == 200
    assert response.json() == {"database": True, "status": "ready"}


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_database")
def test_it_is_degraded_without_the_database(client: Client) -> None:
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json() == {"database": False, "redis": True, "status": "degraded"}


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_database")
def test_it_is_not_ready_without_the_database(client: Client) -> None:
    response = client.get("/health/ready/")
    assert response.status_code == 503
    assert response.json() == {"database": False, "status": "not_ready"}


@pytest.mark.usefixtures("_no_redis", "_no_database")
def test_it_is_alive_whatever_is_down(client: Client) -> None:
    response = client.get("/health/live/")
    assert response.status_code == 200
    assert response.json() == {"status": "alive"}


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^health/"]
    settings.ALLOWED_HOSTS = ["payouts.example.com"]


@pytest.mark.usefixtures("_https")
def test_it_answers_a_probe_from_inside_that_names_a_host_of_ours(client: Client) -> None:
    assert client.get("/health/live/", headers={"host": "payouts.example.com"}).status_code == 200


@pytest.mark.usefixtures("_https")
def test_it_refuses_a_probe_that_names_the_address_of_its_pod(client: Client) -> None:
    """So the probes of the chart name a host."""
    assert client.get("/health/live/", headers={"host": "10.244.1.7:8000"}).status_code == 400
