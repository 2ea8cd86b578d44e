from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.answers import ask

if TYPE_CHECKING:
    from tests.chart.objects import Object

MINIMUM = "minimum-values.yaml"
EVERYTHING = "everything-values.yaml"


@pytest.fixture(scope="session")
def cases() -> dict[str, list[Object]]:
    """The objects of each installation that `make chart-check` judges."""
    answers: dict[str, dict[str, Any]] = ask(values=[], objects=[])["cases"]
    return {name: answer["objects"] for name, answer in answers.items()}


@pytest.fixture
def everything(cases: dict[str, list[Object]]) -> list[Object]:
    """An installation with all that can be switched on, to be broken."""
    return deepcopy(cases[EVERYTHING])
