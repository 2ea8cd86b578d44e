"""States, as the pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

GOOD, BAD, WARN, QUIET = "good", "bad", "warn", "quiet"


def pill(words: str, look: str) -> SafeString:
    return format_html('<span class="pill pill-{}">{}</span>', look, words)


def pills(texts: Iterable[str]) -> SafeString:
    return format_html_join(" ", '<span class="pill pill-quiet">{}</span>', ((text,) for text in texts))
