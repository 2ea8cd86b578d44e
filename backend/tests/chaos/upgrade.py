"""`python -m tests.chaos.upgrade`: replace the version before by this one under load, and judge it from outside.

The stack begins with the recorded commit's code and schema. Then the schema becomes this version's while the old
code runs, and its processes are replaced, one kind after the other. Both run with what is installed here.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import time
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path  # noqa: TC003  read by typer at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.home import BACKEND
from cli.ports import HOST, find_free_port
from tests.chaos.accounts import open_accounts
from tests.chaos.client_log import ClientLog, Result
from tests.chaos.load import MixedLoad
from tests.chaos.matrix import Figure, OwnRow
from tests.chaos.proxy import FaultyProxy
from tests.chaos.report import Results, outcome_lines, table_of
from tests.chaos.run import Outcome
from tests.chaos.stack import MIGRATION_SECONDS, TIMES, ChaosStack, chaos_stack
from tests.chaos.stage import Stage, add_reader_keys, folder
from tests.chaos.strikes import StrikeOrders
from tests.schema.release import read_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.chaos.client_log import Call

RATE = 2.0
PAUSE_SECONDS = 4.0
CONNECTIONS_END_SECONDS = 2.0
console = Console(width=160, highlight=False)


class NotInThisClone(SystemExit):
    def __init__(self, commit: str, reason: str) -> None:
        super().__init__(
            f"{commit} cannot be had ({reason}). In a shallow clone, `git fetch --unshallow` helps."
        )


def unpack_release(commit: str, folder: Path) -> Path:
    """The backend of that commit, in the folder."""
    command = ["git", "-C", str(BACKEND.parent), "archive", "--format=tar", f"{commit}:backend"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise NotInThisClone(commit, done.stderr.decode().strip())
    place = folder / "backend-before"
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return place


@contextmanager
def open_stage_before(home: Path, code: Path) -> Iterator[tuple[Stage, FaultyProxy]]:
    """A stack of that code behind a proxy, which stands for the balancer in front of the web."""
    orders = StrikeOrders(home / "strikes")
    with ExitStack() as closing:
        front = closing.enter_context(FaultyProxy())
        environment = {
            "CHAOS_STRIKE_ORDERS": str(orders.folder),
            # The bank too knows the balancer alone: a web's own address goes with the web.
            "SANDBOX_BANK_CALLBACK_URL": front.url_of(f"http://{HOST}/api/rails/sandbox/callbacks/"),
        }
        stack = closing.enter_context(chaos_stack(home, environment=environment, code=code))
        front.forward_to(HOST, int(stack.url.rpartition(":")[2]))
        stack.url = front.url_of(stack.url)
        accounts = open_accounts(stack.url, stack.organizations, "upgrade", add_reader_keys(stack))
        horizon_seconds = float(TIMES["SANDBOX_RAIL_HORIZON_SECONDS"])
        yield Stage(stack, accounts, ClientLog(home / "clients.jsonl"), orders, horizon_seconds), front


def upgrade(stack: ChaosStack, front: FaultyProxy, say: Callable[[str], None]) -> Sequence[Figure]:
    """First the schema, then relay, beat and workers, then the web."""
    stack.take_present_code()
    began = time.monotonic()
    done = stack.manage("migrate", "--noinput", timeout_seconds=MIGRATION_SECONDS)
    seconds = time.monotonic() - began
    say(done.stdout + done.stderr)
    time.sleep(PAUSE_SECONDS)  # the code before, on the schema of this version
    ended = 0
    for role in ("relay", "beat", "worker"):
        say(f"replacing {role}")
        ended += stack.renew(role)
        time.sleep(PAUSE_SECONDS)
    say("replacing web")
    port = find_free_port()
    stack.start_beside("web", port=port)
    front.forward_to(HOST, port)
    time.sleep(CONNECTIONS_END_SECONDS)
    ended += stack.remove("web")
    return [
        Figure("exit code of migrate", done.returncode, at_most=0),
        Figure("seconds of migrate", round(seconds, 1)),
        Figure("processes that ended in their time", ended, at_least=4, is_timing=True),
    ]


def judge_calls(calls: Sequence[Call]) -> Sequence[Figure]:
    """What clients saw meanwhile; a call without an answer counts when no repeat of it was answered."""
    unanswered = [call for call in calls if call.result is Result.UNKNOWN]
    answered = {(call.tenant, call.key) for call in calls if call.key and call.result is not Result.UNKNOWN}
    left = [call for call in unanswered if call.key and (call.tenant, call.key) not in answered]
    return [
        Figure("requests", len(calls), at_least=1),
        Figure("of them without an answer, or 5xx", len(unanswered)),
        Figure("payouts that no repeat was answered for", len(left), at_most=0),
        Figure(
            "longest request in seconds",
            round(max(call.seconds for call in calls), 2),
            at_most=5,
            is_timing=True,
        ),
    ]


ROW = OwnRow("upgrade", "the version before is replaced under load", "doubles 0, lost 0", lambda _seed: [])


def main(
    *,
    seed: Annotated[int, typer.Option(help="repeats what clients ask for")] = 1,
    keep: Annotated[Path | None, typer.Option(help="an empty folder for logs and data")] = None,
) -> None:
    """Exit code 1 when a promise was broken."""
    release = read_release()
    console.print(f"from {release.commit[:12]} to what is here")
    with (
        folder(keep) as home,
        open_stage_before(home, unpack_release(release.commit, home)) as (stage, front),
    ):
        began = time.monotonic()
        with _load(stage, seed):
            time.sleep(PAUSE_SECONDS)
            figures = upgrade(stage.stack, front, console.print)
            time.sleep(PAUSE_SECONDS)
        results = Results()
        results.add(ROW, [*figures, *judge_calls(stage.log.between(began, time.monotonic()))])
        console.print("at rest?")
        outcome = Outcome(results, stage.judge())
    console.print(table_of([ROW], results))
    for line in outcome_lines(outcome):
        console.print(line, markup=False)
    sys.exit(not outcome.is_well(timings_count=False))


def _load(stage: Stage, seed: int) -> MixedLoad:
    return MixedLoad(
        url=stage.stack.url,
        accounts=stage.accounts,
        log=stage.log,
        seed=seed,
        run_name="load",
        requests_per_second=RATE,
    )


if __name__ == "__main__":
    typer.run(main)
