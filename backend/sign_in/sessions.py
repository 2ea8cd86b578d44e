"""Sessions in the database that end after a while without a request, and after half a day in any case.

The cookie lives as long as the browser. How long the session lives stands in its row, which is written anew
at most once a minute.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.sessions.base_session import AbstractBaseSession

_BEGAN_AT = "began_at"
# A session that was used so recently is not written only to say so.
_REFRESH_AFTER = timedelta(minutes=1)


class SessionStore(DatabaseSessionStore):
    """Named so because Django looks for this name."""

    counts_as_use = True
    """Whether somebody is there who has made the request; `sign_in.polls` knows those of which none has."""

    def load(self) -> dict[str, Any]:
        row: AbstractBaseSession | None = self._get_session_from_db()  # type: ignore[attr-defined]  # not in the stubs
        if row is None:
            return {}
        data: dict[str, Any] = self.decode(row.session_data)
        if _is_too_old(data):
            self._session_key = None
            return {}
        # Who changes nothing else keeps the row all the same: the middleware writes what is modified.
        self.modified = self.modified or (self.counts_as_use and _was_used_a_while_ago(row))
        return data

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        # Of the sign-in, not of the visit: the form has a session before anybody has signed in.
        if SESSION_KEY in data:
            data.setdefault(_BEGAN_AT, time.time())
        return super().create_model_instance(data)


def _is_too_old(data: dict[str, Any]) -> bool:
    return bool(time.time() - data.get(_BEGAN_AT, time.time()) > settings.SESSION_LIFETIME_SECONDS)


def _was_used_a_while_ago(row: AbstractBaseSession) -> bool:
    used_at: datetime = row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return bool(timezone.now() - used_at > _REFRESH_AFTER)
