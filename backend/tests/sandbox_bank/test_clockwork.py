import threading

from sandbox_bank.clockwork import Clockwork
from tests.sandbox_bank.bank_client import wait_until


def test_it_goes_on_after_work_that_failed() -> None:
    stopping = threading.Event()
    calls: list[int] = []

    def work() -> bool:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("the first time only")
        return False

    clockwork = Clockwork("test", work, stopping)
    clockwork.start()
    try:
        wait_until(lambda: len(calls) > 2)
    finally:
        stopping.set()
        clockwork.join()
    assert not clockwork.is_alive()
