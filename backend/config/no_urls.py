"""The addresses of processes that answer nobody."""

from __future__ import annotations

urlpatterns: list[None] = []
