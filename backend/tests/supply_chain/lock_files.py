"""Reads a lock file as uv writes it, and says what is wrong with it, without a network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PROJECT = "payouts (pyproject.toml)"
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[A-Za-z0-9.!+_-]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?")
_HASH = re.compile(r" {4}--hash=sha256:(?P<hash>[0-9a-f]{64})(?: \\)?")
_REASON = re.compile(r" {4}#(?: via)? *(?P<via>.*)")


@dataclass(frozen=True)
class Pin:
    """One version of a package; a package may have several, each for other Pythons or systems."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]

    @property
    def line(self) -> str:
        """As pip reads it, for any Python and system."""
        return " ".join((f"{self.name}=={self.version}", *(f"--hash=sha256:{each}" for each in self.hashes)))


@dataclass(frozen=True)
class Lock:
    pins: tuple[Pin, ...]
    unreadable: tuple[str, ...]


def read_lock(text: str) -> Lock:
    """Lines that are neither a pin, nor its hashes, nor why it is there, come out as unreadable."""
    pins: list[Pin] = []
    unreadable = []
    for line in text.splitlines():
        if found := _PIN.fullmatch(line):
            pins.append(Pin(found["name"], found["version"], found["marker"] or "", (), ()))
        elif pins and (found := _HASH.fullmatch(line)):
            pins[-1] = _with(pins[-1], hashes=(*pins[-1].hashes, found["hash"]))
        elif pins and (found := _REASON.fullmatch(line)):
            pins[-1] = _with(pins[-1], via=(*pins[-1].via, *filter(None, [found["via"]])))
        else:
            unreadable.append(line)
    return Lock(tuple(pins), tuple(unreadable))


def _with(pin: Pin, *, hashes: tuple[str, ...] | None = None, via: tuple[str, ...] | None = None) -> Pin:
    return Pin(pin.name, pin.version, pin.marker, hashes or pin.hashes, via or pin.via)


def find_lock_problems(lock: Lock) -> Iterator[str]:
    """What would let an installation take something else than was looked at."""
    if not lock.pins:
        yield "it pins nothing"
    for line in lock.unreadable:
        yield f"neither a pin nor a hash: {line.strip()!r}"
    for pin in lock.pins:
        if not pin.hashes:
            yield f"{pin.name}=={pin.version} has no hash"


def find_differences(
    lock: Lock, wanted: Sequence[str], *, asked_by: Iterable[str] = (PROJECT,)
) -> Iterator[str]:
    """Where the lock is out of step with what pyproject.toml asks for, in either direction."""
    requirements = [Requirement(each) for each in wanted]
    for requirement in requirements:
        yield from _differences(lock, requirement)
    names = {canonicalize_name(requirement.name) for requirement in requirements}
    for pin in lock.pins:
        if set(asked_by) & set(pin.via) and pin.name not in names:
            yield f"{pin.name} is pinned for pyproject.toml, which does not ask for it"


def _differences(lock: Lock, requirement: Requirement) -> Iterator[str]:
    pins = [pin for pin in lock.pins if pin.name == canonicalize_name(requirement.name)]
    if not pins:
        yield f"{requirement} is not pinned"
    for pin in pins:
        if not requirement.specifier.contains(pin.version, prereleases=True):
            yield f"{pin.name}=={pin.version} is not what pyproject.toml asks for: {requirement}"


def find_strays(small: Lock, large: Lock) -> Iterator[str]:
    """What is shipped, and tested in another version or not at all."""
    tested = {(pin.name, pin.version, pin.hashes) for pin in large.pins}
    for pin in small.pins:
        if (pin.name, pin.version, pin.hashes) not in tested:
            yield f"{pin.name}=={pin.version} is not pinned alike for development"


def flat_group(groups: Mapping[str, Sequence[Any]], name: str) -> list[str]:
    """The requirements of a dependency group (PEP 735) and of those it includes."""
    flat: list[str] = []
    for entry in groups[name]:
        flat += flat_group(groups, entry["include-group"]) if isinstance(entry, dict) else [entry]
    return flat
