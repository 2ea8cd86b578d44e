"""What the programs of the benchmark have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from cli.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def run_as_program(main: Callable[[Sequence[str]], int]) -> NoReturn:
    """End with its exit code, with one line for what was refused, or quietly when it is interrupted."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Refusal as refusal:
        sys.exit(f"bench: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)
