"""The rows of the matrix, each a named scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.rows import alone, bank, crowds, postgres, transactions, valkey, web, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.matrix import OwnRow, Row

ROWS: Sequence[Row] = (*web.ROWS, *work.ROWS, *valkey.ROWS, *postgres.ROWS, *transactions.ROWS, *bank.ROWS)
OWN_ROWS: Sequence[OwnRow] = (*alone.ROWS, *crowds.ROWS)


def _all_rows() -> list[Row | OwnRow]:
    return [*ROWS, *OWN_ROWS]


class NoSuchRowError(ValueError):
    def __init__(self, names: set[str]) -> None:
        known = ", ".join(row.name for row in _all_rows())
        super().__init__(f"There is no row {', '.join(sorted(names))}. There are: {known}")


def choose(faults: str) -> tuple[list[Row], list[OwnRow]]:
    """The rows that mix, and those that play alone, by their names or by a word for many of them."""
    match faults:
        case "all":
            return list(ROWS), list(OWN_ROWS)
        case "mixed":
            return list(ROWS), []
        case "alone":
            return [], list(OWN_ROWS)
        case "short":
            return [row for row in ROWS if row.is_short], []
    names = {name.strip() for name in faults.split(",")}
    if unknown := names - {row.name for row in _all_rows()}:
        raise NoSuchRowError(unknown)
    return [row for row in ROWS if row.name in names], [row for row in OWN_ROWS if row.name in names]
