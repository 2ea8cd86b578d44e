import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.child import Backoff, Child
from cli.child_spec import ChildSpec


class Supervisor:
    """Keeps a set of processes running and says, at each start of one, which numbers they have now.

    A process that has just died is listed under its last number until it runs again.
    """

    def __init__(
        self,
        *,
        run_directory: Path,
        log_directory: Path,
        say: Callable[[str, str], None],
        on_change: Callable[[Mapping[str, int]], None],
        backoff: Backoff | None = None,
    ) -> None:
        self._run_directory = run_directory
        self._log_directory = log_directory
        self._say = say
        self._on_change = on_change
        self._backoff = backoff or Backoff()
        self._children: dict[str, Child] = {}

    @property
    def processes(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    async def start(self, *specs: ChildSpec) -> None:
        """Start all at once; return when every one is ready, raise ChildFailed when one will not be."""
        children = [self._child(spec) for spec in specs]
        for child in children:
            self._children[child.spec.name] = child
            child.begin()
        await asyncio.gather(*(child.until_ready() for child in children))

    def _child(self, spec: ChildSpec) -> Child:
        return Child(
            spec,
            pid_file=self._run_directory / f"{spec.name}.pid",
            log_file=self._log_directory / f"{spec.name}.log",
            say=self._say,
            on_start=lambda: self._on_change(self.processes),
            backoff=self._backoff,
        )

    async def stop(self, order: Sequence[str]) -> None:
        """Stop one after the other, in this order; those not named come last, the latest first."""
        unnamed = [name for name in reversed(self._children) if name not in order]
        for name in (*order, *unnamed):
            child = self._children.get(name)
            if child is not None:
                await child.stop()
