from __future__ import annotations

from typing import Any

from drf_spectacular.generators import SchemaGenerator


def generated_schema() -> Any:
    """The schema as it follows from the code."""
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
