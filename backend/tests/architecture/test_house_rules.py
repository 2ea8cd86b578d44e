"""What the import contracts and the linter cannot say."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

BACKEND = Path(__file__).parents[2]
REPOSITORY = BACKEND.parent
LONGEST_FUNCTION_LINES = 40
LONGEST_MODULE_LINES = 300
VAGUE_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "manager",
    "managers",
    "service",
    "services",
    "misc",
}
# Words of Django: a project's settings, and the module by which it finds a database backend. Nothing else may.
ALLOWED_VAGUE = {"config/settings/base.py", "database/postgresql/base.py", "tests/postgresql/base.py"}
MARKS = re.compile(r"\b(" + "|".join(["FIX" + "ME", "TO" + "DO", "HA" + "CK"]) + r")\b")


def _is_written_by_us(path: Path) -> bool:
    return (
        "migrations" not in path.parts and "__pycache__" not in path.parts and "staticfiles" not in path.parts
    )


SOURCES = sorted(
    path for root in (BACKEND, REPOSITORY / "bench") for path in root.rglob("*.py") if _is_written_by_us(path)
)
PRODUCTION = [path for path in SOURCES if "tests" not in path.parts]
TESTS = [path for path in SOURCES if path.name.startswith("test_")]


def _name(path: Path) -> str:
    """From the folder that the first package lies in."""
    return path.relative_to(BACKEND if path.is_relative_to(BACKEND) else REPOSITORY).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _attributes(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(_tree(path)) if isinstance(node, ast.Attribute)}


def _called_names(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    named = {call.id for call in calls if isinstance(call, ast.Name)}
    return named | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def test_it_finds_the_sources_it_judges() -> None:
    assert len(PRODUCTION) > 100
    assert len(TESTS) > 20


def test_it_keeps_functions_short() -> None:
    long = [
        f"{_name(path)}:{function.lineno} {function.name}"
        for path in SOURCES
        for function in _functions(path)
        if function.end_lineno and function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION_LINES
    ]
    assert not long


def test_it_keeps_modules_short() -> None:
    assert not [
        _name(path) for path in PRODUCTION if len(path.read_text().splitlines()) > LONGEST_MODULE_LINES
    ]


def test_it_gives_modules_names_that_say_something() -> None:
    vague = [path for path in SOURCES if VAGUE_NAMES & {path.stem, *Path(_name(path)).parts[:-1]}]
    assert {_name(path) for path in vague} == ALLOWED_VAGUE


def test_it_leaves_no_marks_of_unfinished_work() -> None:
    assert not [_name(path) for path in SOURCES if MARKS.search(path.read_text())]


def test_it_asks_the_database_in_repositories_and_selectors_only() -> None:
    doors = {"repositories", "selectors"}
    elsewhere = [path for path in PRODUCTION if not doors & {path.stem, *Path(_name(path)).parts}]
    assert not [_name(path) for path in elsewhere if "objects" in _attributes(path)]


def test_it_opens_transactions_in_one_place_only() -> None:
    openers = [path for path in PRODUCTION if {"atomic", "set_autocommit"} & _attributes(path)]
    assert [_name(path) for path in openers] == ["database/transactions.py"]


def test_it_keeps_clocks_and_floats_out_of_the_rules() -> None:
    rules = [path for path in PRODUCTION if _name(path).startswith(("core/", "payouts/domain/"))]
    refused = {"now", "utcnow", "today", "time", "monotonic", "float"}
    assert not [_name(path) for path in rules if _called_names(path) & refused]


def test_it_says_in_each_line_of_a_use_case_whom_it_concerns() -> None:
    of_a_rail = {"lease_too_short_to_send", "rail_asked_after_restore"}
    nameless = [
        f"{_name(path)}:{call.lineno}"
        for path in PRODUCTION
        if _name(path).startswith("payouts/application/")
        for call in _log_calls(path)
        # None is that of `**naming(payout)`.
        if not {keyword.arg for keyword in call.keywords} & {"organization_id", None}
        and not of_a_rail & {node.value for node in call.args if isinstance(node, ast.Constant)}
    ]
    assert not nameless


def _log_calls(path: Path) -> list[ast.Call]:
    calls = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
    ]


def test_it_names_tests_so_that_they_finish_the_sentence() -> None:
    names = [
        (path, function.name)
        for path in TESTS
        for function in _functions(path)
        if function.name.startswith("test")
    ]
    assert {path for path, _ in names} == set(TESTS)
    assert not [f"{_name(path)} {name}" for path, name in names if not name.startswith("test_it_")]


def test_it_has_a_place_in_the_contracts_for_every_package() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.parent.name for path in BACKEND.glob("*/__init__.py")} - {"tests"}
    stray = {path.name for path in BACKEND.glob("*.py")} - {"manage.py"}

    assert packages | {"bench"} == set(contracts["root_packages"])
    layers = {
        part.split(".")[0].strip() for line in contracts["contracts"][0]["layers"] for part in line.split("|")
    }
    assert packages == layers | {"cli", "sandbox_bank"}
    assert not stray


def test_it_makes_every_folder_of_sources_a_package() -> None:
    folders = {path.parent for path in SOURCES} - {BACKEND, REPOSITORY}
    assert not [_name(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_it_names_no_host_of_an_index_in_the_lock_files() -> None:
    for lock in REPOSITORY.glob("requirements*.lock"):
        assert "://" not in lock.read_text()
