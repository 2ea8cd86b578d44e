"""AMQP connections that never wait for ever.

py-amqp bounds how long connecting may take. On an open connection it waits for the answer to a declaration,
or for the confirmation of a message, as long as the server likes; the time-outs of its socket do not change
that, since it goes on reading when one has passed.
"""

from __future__ import annotations

from math import inf
from typing import Any

from kombu.transport import pyamqp


class BoundedConnection(pyamqp.Connection):
    """Takes `answer_timeout_seconds` beside py-amqp's own options.

    Once an answer has not come in time the connection is closed: what comes late would be taken for the
    answer to something else.
    """

    def __init__(self, *args: Any, answer_timeout_seconds: float = inf, **options: Any) -> None:
        super().__init__(*args, **options)
        self._answer_timeout_seconds = answer_timeout_seconds

    def drain_events(self, timeout: float | None = None) -> None:
        """Everything that py-amqp waits for on an open connection comes through here."""
        if timeout is not None or self._answer_timeout_seconds == inf:
            super().drain_events(timeout)  # the caller's own bound, and what follows from it
            return
        try:
            super().drain_events(self._answer_timeout_seconds)
        except TimeoutError:
            self.collect()
            raise


class BoundedTransport(pyamqp.Transport):
    Connection = BoundedConnection


class SecureTransport(BoundedTransport):
    """Over TLS, and only to a server whose certificate is good for the name in its address."""

    def establish_connection(self) -> Any:
        client: Any = self.client
        # Once for each server of the address: kombu forgets it with the server, and makes an IP of localhost.
        client.ssl = client.ssl or {"server_hostname": client.hostname}
        return super().establish_connection()
