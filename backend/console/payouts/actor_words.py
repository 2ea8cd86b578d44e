"""Who did something, as a page says it."""

from __future__ import annotations

from core.actor import API_KEY, ENGINE, console_actor


def words_of_actor(actor: str) -> str:
    kind, _, name = actor.partition(":")
    match kind:
        case "operator":
            return name
        case "rail":
            return f"the rail {name}"
        case kind if kind == API_KEY:
            return f"API key {name}"
        case kind if kind == ENGINE:
            return "the engine"
        case kind if kind == console_actor():
            return "somebody at the server's shell"
        case _:
            return actor
