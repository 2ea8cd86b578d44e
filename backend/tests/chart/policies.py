"""All that is asked of one installation. Knows no library, and so runs wherever it is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chart.network_policies import find_network_problems
from tests.chart.pod_policies import find_pod_problems
from tests.chart.reference_policies import find_reference_problems
from tests.chart.secret_policies import find_secret_problems

if TYPE_CHECKING:
    from tests.chart.objects import Object


def find_problems(objects: list[Object]) -> list[str]:
    return [
        *find_pod_problems(objects),
        *find_secret_problems(objects),
        *find_reference_problems(objects),
        *find_network_problems(objects),
    ]
