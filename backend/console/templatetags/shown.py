"""How pages show what others wrote: it can neither hide a character nor turn the words around it."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.payouts.actor_words import words_of_actor
from console.payouts.timeline import VERDICTS
from core.visible_text import show_unseen

register = template.Library()


@register.filter
def shown(text: object) -> SafeString:
    """A line of anybody's words, apart from the direction in which the page is written."""
    return format_html("<bdi>{}</bdi>", show_unseen(str(text)))


@register.filter
def shown_lines(text: object) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((shown(line),) for line in str(text).split("\n")))


@register.filter
def shown_json(data: Any) -> str:
    lines = json.dumps(data, ensure_ascii=False, indent=2, default=str).split("\n")
    return "\n".join(show_unseen(line) for line in lines)


@register.filter
def shown_actor(actor: str) -> str:
    return words_of_actor(actor)


@register.filter
def shown_verdict(verdict: str) -> str:
    return VERDICTS[verdict]
