"""`python -m bench.inside.plans FOLDER`: how each statement of the hot paths is carried out.

One file for each path, with its statements in their order. Nothing is left behind in the database.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

from cli.home import BACKEND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bench.inside.hot_paths import HotPath
    from tests.console_load.measuring import Explained

ORGANIZATION = "Demo"
MANY = 2_000
# Page 1,000 of twenty payouts each.
DEEP = 20_000
# Who calls is looked up by every request: it is shown once.
_ALL_CALLERS, _OF_CALLER = "create", '"access_apikey"'
# What tells nothing when it is long: values, and columns.
_LONG_LIST = re.compile(r"(ARRAY\[|'\{)[^]}]{80,}(\]|\}')")


def main(folder: Path) -> None:
    os.environ["PAYOUTS_ROLE"] = "web"  # whose URLs clients ask for
    sys.path.insert(0, str(BACKEND))
    django.setup()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    written = 0
    for path, explained in explain_hot_paths(ORGANIZATION, many=MANY, deep=DEEP):
        own = [each for each in explained if path.name == _ALL_CALLERS or _OF_CALLER not in each.sql]
        (folder / f"{path.name}.txt").write_text(_page(own), encoding="utf-8")
        written += 1
    sys.stdout.write(f"{json.dumps({'written': written})}\n")


def explain_hot_paths(
    organization: str, *, many: int, deep: int, only: Collection[str] = ()
) -> Iterator[tuple[HotPath, list[Explained]]]:
    """Each path, or only those of the names, with the plans of its statements; undone before the next."""
    from access.repositories import get_organization  # noqa: PLC0415  needs the app registry
    from bench.inside.hot_paths import HotPaths  # noqa: PLC0415  the same
    from tests.console_load.measuring import statements_explained, undone  # noqa: PLC0415  the same

    with undone():
        for path in HotPaths(get_organization(organization), many=many, deep=deep).all():
            if only and path.name not in only:
                continue
            with undone():
                path.prepare()
                with statements_explained() as explained:
                    path.ask()
            yield path, explained


def _page(explained: list[Explained]) -> str:
    return "\n\n".join(
        f"{' '.join(each.sql.split())}\n\n{_LONG_LIST.sub(_shortened, each.plan)}\n" for each in explained
    )


def _shortened(found: re.Match[str]) -> str:
    return f"{found[1]}…{found[2]}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
