from __future__ import annotations

import os
import signal
import stat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.embedded.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(home=tmp_path)
    server.start()
    yield server
    server.stop()


def test_it_keeps_an_append_only_file_and_evicts_nothing(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_it_wants_the_password(valkey: EmbeddedValkey) -> None:
    port = urlsplit(valkey.url).port
    never_again = Retry(NoBackoff(), 0)
    client = redis.Redis(host="127.0.0.1", port=port or 0, retry=never_again)
    with client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_it_keeps_the_password_out_of_the_command_line(valkey: EmbeddedValkey) -> None:
    password = urlsplit(valkey.url).password
    assert password
    assert all(password not in part for part in valkey.child_spec().command)
    configuration = valkey.data_directory / "valkey.conf"
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600


def test_it_comes_back_on_the_same_port_with_its_data_after_sigkill(valkey: EmbeddedValkey) -> None:
    url = valkey.url
    with redis.Redis.from_url(url, decode_responses=True) as client:
        client.set("kept", "still here")
    os.kill(valkey.pid, signal.SIGKILL)
    assert valkey._process is not None
    valkey._process.wait()

    assert valkey.start() == url
    with redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.get("kept") == "still here"
