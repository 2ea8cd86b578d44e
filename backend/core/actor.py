"""Who acts, in the words the audit trail keeps."""

from __future__ import annotations

ENGINE = "engine"
API_KEY = "api-key"


def api_key_actor(public_id: str) -> str:
    return f"{API_KEY}:{public_id}"


def operator_actor(username: str) -> str:
    return f"operator:{username}"


def rail_actor(rail: str) -> str:
    return f"rail:{rail}"


def console_actor() -> str:
    """Somebody at a shell of the server, who needs no sign-in."""
    return "shell"
