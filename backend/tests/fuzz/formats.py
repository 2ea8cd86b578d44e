"""What the schema's own formats look like. Schemathesis imports this beside the schema."""

from __future__ import annotations

import unicodedata

import schemathesis
from hypothesis import strategies as st

from core.visible_text import find_unseen


def is_visible(text: str) -> bool:
    return text == text.strip() and find_unseen(text) is None


_VISIBLE = (
    st.text(max_size=40).map(lambda text: unicodedata.normalize("NFC", text).strip()).filter(is_visible)
)

schemathesis.openapi.format("visible-text", _VISIBLE)
