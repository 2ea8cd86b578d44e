from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString


def shown_time(at: datetime) -> SafeString:
    """In UTC, for tables whose cells no template makes."""
    words = f"{at:%Y-%m-%d %H:%M:%S}"
    return format_html('<time datetime="{}" title="UTC">{}</time>', at.isoformat(), words)
