"""A running bank: store, clockwork, courier and server put together, and taken apart again in order."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox_bank.bank import Bank
from sandbox_bank.callbacks import CallbackTarget, Courier, RetrySchedule
from sandbox_bank.clockwork import Clockwork
from sandbox_bank.desk import Timings
from sandbox_bank.server import BankServer
from sandbox_bank.store import Store


@dataclass(frozen=True, slots=True)
class Settings:
    host: str
    port: int
    """0 takes any free port."""
    database: Path
    timings: Timings = field(default_factory=Timings)
    callbacks: CallbackTarget | None = None
    retries: RetrySchedule = field(default_factory=RetrySchedule)


@contextmanager
def running_bank(settings: Settings) -> Iterator[str]:
    """Run a bank and give its URL; afterwards every request has ended and every thread is gone."""
    stopping = threading.Event()
    with closing(Store(settings.database)) as store:
        bank = Bank(store, settings.timings, stopping, sends_callbacks=settings.callbacks is not None)
        with (
            BankServer(settings.host, settings.port, bank, store) as server,
            _serving(server, stopping),
            _ticking(Clockwork("due steps", bank.do_due_steps, stopping), stopping),
            _delivering(store, settings, stopping),
        ):
            yield server.url


@contextmanager
def _serving(server: BankServer, stopping: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        server.stop_accepting()
        thread.join()
        server.drain()


@contextmanager
def _ticking(clockwork: Clockwork, stopping: threading.Event) -> Iterator[None]:
    clockwork.start()
    try:
        yield
    finally:
        stopping.set()
        clockwork.join()


@contextmanager
def _delivering(store: Store, settings: Settings, stopping: threading.Event) -> Iterator[None]:
    if settings.callbacks is None:
        yield
        return
    with (
        closing(Courier(store, settings.callbacks, settings.retries, stopping)) as courier,
        _ticking(Clockwork("callbacks", courier.deliver_due, stopping), stopping),
    ):
        yield
