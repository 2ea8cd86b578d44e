"""Look-ups whose SQL is composed once.

Django composes a query anew each time it is asked, and takes longer for it than PostgreSQL for the answer.
What nearly every request asks is composed by Django at its first use, and kept: models and their columns are
still told of in one place.
"""

from __future__ import annotations

from functools import cached_property
from json import JSONDecoder
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, JSONField, Model
from django.db.models.base import ModelState

from database.postgresql.statement import Statement
from database.statements import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from database.postgresql.statement import Row

_json: Any = JSONDecoder()

M = TypeVar("M", bound=Model)
N = TypeVar("N", bound=Model)


class Parameter(Expression):
    """Stands in a query for a value that each call brings, and that goes to the driver as it is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[Any]]:  # type: ignore[override]  # noqa: ARG002  the framework's signature
        return "%s", [self]


class CompiledQuery(Generic[M]):
    """A query of one shape: `build` is given a Parameter for each name once, and every call the values.

    Gives models, with what `select_related` adds; not for what is annotated or prefetched, and not for
    models with an `__init__` of their own or signals for it, or with fields that make something of NULL.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *names: str) -> None:
        self._build = build
        self._names = names

    def first(self, **values: object) -> M | None:
        """The row, where the conditions leave no more than one, whatever the values: it has one plan."""
        return next(self._read(self.composed.look_up, values), None)

    def all(self, **values: object) -> list[M]:
        """The rows, by the plan that is best for these values."""
        return list(self._read(self.composed.search, values))

    def _read(self, statement: Statement, values: Mapping[str, object]) -> Iterator[M]:
        composed = self.composed
        return composed.read(rows_of(statement, _valued(composed.parameters, values)))

    @cached_property
    def composed(self) -> Composed[M]:
        return Composed(self._build(**{name: Parameter(name) for name in self._names}))


class CompiledPair(Generic[M, N]):
    """Two look-ups of at most one row each, by one statement: one way to the server and back."""

    def __init__(self, one: CompiledQuery[M], other: CompiledQuery[N]) -> None:
        self._one = one
        self._other = other

    def first(self, **values: object) -> tuple[M | None, N | None]:
        one, other = self._one.composed, self._other.composed
        (row,) = rows_of(self._look_up, _valued([*one.parameters, *other.parameters], values))
        return one.read_joined(row[: one.width]), other.read_joined(row[one.width :])

    @cached_property
    def _look_up(self) -> Statement:
        one, other = self._one.composed, self._other.composed
        # Each may find nothing, and the other is still wanted.
        joined = f"LEFT JOIN ({one.sql}) AS one ON true LEFT JOIN ({other.sql}) AS other ON true"
        sql = f"SELECT * FROM (SELECT) AS always {joined}"  # noqa: S608 # nosec B608 # composed by Django
        return Statement(sql, is_planned_once=True)


def _valued(parameters: Iterable[object], values: Mapping[str, object]) -> list[object]:
    return [values[each.name] if type(each) is Parameter else each for each in parameters]


class Composed(Generic[M]):
    """The SQL, and how a row becomes a model: what Django's own ModelIterable finds out for each query."""

    def __init__(self, queryset: QuerySet[M]) -> None:
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, self.parameters = compiler.as_sql()
        self.look_up = Statement(self.sql, is_planned_once=True)
        self.search = Statement(self.sql, is_planned_once=False)
        select, shape = compiler.select or [], compiler.klass_info or {}
        self._part: _Part[M] = _Part(shape, select)
        self._converters = {
            position: ([_quickest(convert) for convert in converters], column)
            for position, (converters, column) in compiler.get_converters(
                [column for column, *_ in select]
            ).items()
        }
        self.width = len(select)

    def read_joined(self, row: Row) -> M | None:
        """None for a row of nulls, which stands for none."""
        return self._part.read(self._converted(row)) if self._part.is_in(row) else None

    def read(self, rows: Iterable[Row]) -> Iterator[M]:
        for row in rows:
            yield self._part.read(self._converted(row))

    def _converted(self, row: Row) -> list[Any]:
        values = list(row)
        for position, (converters, column) in self._converters.items():
            if values[position] is not None:
                for convert in converters:
                    values[position] = convert(values[position], column, connection)
        return values


def _quickest(convert: Callable[..., Any]) -> Callable[..., Any]:
    field = getattr(convert, "__self__", None)
    return _read_json if type(field) is JSONField and field.decoder is None else convert


def _read_json(text: str, *_: object) -> Any:
    """What PostgreSQL has written has neither blanks nor mistakes, for which `json.loads` looks first."""
    return _json.scan_once(text, 0)[0]


class _Part(Generic[M]):
    """One model's columns among those of a row, with those of what is selected with it."""

    def __init__(self, shape: Mapping[str, Any], select: Sequence[Any]) -> None:
        positions = shape["select_fields"]
        self._model: type[M] = shape["model"]
        self._columns = slice(positions[0], positions[-1] + 1)
        self._names = [column.target.attname for column, *_ in select[self._columns]]
        self._key = positions[0] + self._names.index(self._model._meta.pk.attname)
        self._related: list[tuple[_Part[Model], Callable[[Model, Model | None], None]]] = [
            (_Part(each, select), each["local_setter"]) for each in shape.get("related_klass_infos", [])
        ]

    def is_in(self, row: Sequence[Any]) -> bool:
        return row[self._key] is not None

    def read(self, values: Sequence[Any]) -> M:
        """What `from_db` makes, without asking each field whether a value was given for it."""
        instance = self._model.__new__(self._model)
        instance.__dict__.update(zip(self._names, values[self._columns], strict=True))
        instance._state = ModelState()
        instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
        for part, attach in self._related:
            attach(instance, part.read(values) if part.is_in(values) else None)
        return instance
