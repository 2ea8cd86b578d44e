from __future__ import annotations

import pickle
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache

from infrastructure.json_serializer import JSONSerializer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE: dict[str, Any] = {
    "results": [{"id": 2**62, "amount": "100.50", "note": "Zoë “Å”", "failure": None, "replay": True}],
    "next": None,
    "ratio": 0.5,
}


class Creeper:
    """Unpickled, it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (self.path.touch, ())


@pytest.fixture
def key() -> Iterator[str]:
    name = f"serializer-{uuid.uuid4().hex}"
    yield name
    cache.delete(name)


def test_it_is_what_the_cache_is_written_with() -> None:
    backend = caches["default"]
    assert isinstance(backend, RedisCache)
    assert isinstance(backend._cache._serializer, JSONSerializer)  # type: ignore[attr-defined]  # not in the stubs


@pytest.mark.parametrize("value", [PAGE, [], {}, "", "7", 0, -1, 2**62, 0.5, True, False])
def test_it_gives_back_what_was_cached(value: object, key: str) -> None:
    cache.set(key, value)
    back = cache.get(key)
    assert (back, type(back)) == (value, type(value))


def test_it_lets_redis_count_whole_numbers(key: str) -> None:
    cache.set(key, 41)
    assert cache.incr(key) == 42
    assert cache.get(key) == 42


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_never_unpickles(protocol: int, tmp_path: Path, key: str) -> None:
    trace = tmp_path / "ran"
    poison = pickle.dumps(Creeper(trace), protocol)
    backend = caches["default"]
    assert isinstance(backend, RedisCache)
    backend._cache.get_client(key, write=True).set(backend.make_key(key), poison)

    with pytest.raises(ValueError):  # noqa: PT011  of several subclasses, by how the pickle begins
        cache.get(key)
    assert not trace.exists()
    pickle.loads(poison)  # noqa: S301  it is ours, and would have worked
    assert trace.exists()


def test_it_refuses_what_is_not_json() -> None:
    with pytest.raises(TypeError):
        JSONSerializer().dumps({"at": object()})
