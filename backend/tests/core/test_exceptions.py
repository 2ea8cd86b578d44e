from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import access
import payouts
from core.exceptions import FieldProblem, Invalid, Refusal

_SNAKE_CASE = re.compile(r"[a-z]+(?:_[a-z]+)*")


def subclasses_of(kind: type[Refusal]) -> set[type[Refusal]]:
    return {kind}.union(*(subclasses_of(child) for child in kind.__subclasses__()))


@pytest.fixture(scope="module")
def concrete_refusals() -> list[type[Refusal]]:
    """Every refusal that has a code, wherever it is declared."""
    for package in (access, payouts):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return [kind for kind in subclasses_of(Refusal) if "code" in vars(kind)]


def test_it_carries_its_detail_and_its_problems() -> None:
    problem = FieldProblem("amount", "invalid", "Must be a string.")
    refusal = Invalid("The amount is no amount.", problems=(problem,))

    assert str(refusal) == refusal.detail == "The amount is no amount."
    assert refusal.problems == (problem,)


def test_it_gives_every_refusal_a_code_of_its_own(concrete_refusals: list[type[Refusal]]) -> None:
    codes = [kind.code for kind in concrete_refusals]

    assert {"invalid_amount", "payout_not_found", "idempotency_key_reused", "scope_missing"} <= set(codes)
    assert len(set(codes)) == len(codes)


def test_it_words_codes_and_titles_alike(concrete_refusals: list[type[Refusal]]) -> None:
    for kind in concrete_refusals:
        assert _SNAKE_CASE.fullmatch(kind.code), kind
        assert kind.title[0].isupper(), kind
        assert not kind.title.endswith("."), kind
