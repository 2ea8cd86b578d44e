"""The keys of this process, and the column that uses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import CharField, F, Func, Q
from django.db.models.functions import Left, Length
from django.db.models.lookups import Exact, GreaterThanOrEqual
from django.db.models.query_utils import DeferredAttribute

from core.encryption import FORMAT_VERSION, SMALLEST_BYTES, Keyring, Unreadable
from core.keyed_hash import keyed_hash

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _TextField = models.Field[str, str]
    _CharField = CharField[str, str]
else:
    _TextField, _CharField = models.Field, CharField


def keyring() -> Keyring:
    """The keys of FIELD_ENCRYPTION_KEYS."""
    return _parsed(settings.FIELD_ENCRYPTION_KEYS)


@cache
def _parsed(keys: str) -> Keyring:
    return Keyring.parse(keys)


def hash_of(text: str, *, purpose: str, organization_id: int) -> str:
    """The keyed hash under FIELD_HASH_KEY."""
    return keyed_hash(text, key=settings.FIELD_HASH_KEY, purpose=purpose, organization_id=organization_id)


@dataclass(frozen=True)
class Encrypted:
    """What such a column holds."""

    data: bytes = field(repr=False)


class _DecryptedOnUse(DeferredAttribute):
    """Gives the text; keeps what came from the database encrypted until somebody asks for it."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname)
        if isinstance(value, Encrypted):
            return self.field.decrypt(instance, value)
        return super().__get__(instance, cls)  # loads what was left out

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(_TextField):
    """Text that only its row in its organization can be decrypted for.

    `row` names the field that tells rows apart, written once and known before the row is inserted. The model
    has an organization. Reading raises Unreadable when the value was changed, moved, or its key is missing.
    There is no looking up by it, and no export of it but in a dump of the database.
    """

    descriptor_class = _DecryptedOnUse

    def __init__(self, *, row: str = "id", **options: Any) -> None:
        super().__init__(**options)
        self._row = row

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"row": self._row}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def from_db_value(self, value: bytes | None, *_context: Any) -> Encrypted | None:
        return None if value is None else Encrypted(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Encrypted:  # noqa: ARG002, FBT001  the framework's signature
        value = model_instance.__dict__[self.attname]
        if not isinstance(value, Encrypted):
            value = model_instance.__dict__[self.attname] = self.encrypt(model_instance, value)
        return value

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002  the framework's signature
    ) -> Any:
        if value is None:
            return None
        if not isinstance(value, Encrypted):
            raise TypeError(f"{self.name} goes to the database encrypted, with its row, and no other way.")
        return super().get_db_prep_value(value.data, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} of {obj!r} is not exported.")

    def encrypt(self, instance: models.Model, text: str) -> Encrypted:
        return Encrypted(keyring().encrypt(text, place=self._place_of(instance)))

    def encrypt_for(self, row: object, text: str, *, organization_id: int) -> Encrypted:
        """For the row that this will be the name of."""
        return Encrypted(keyring().encrypt(text, place=self._place(organization_id, row)))

    def decrypt(self, instance: models.Model, value: Encrypted) -> str:
        """Raises Unreadable."""
        try:
            return keyring().decrypt(value.data, place=self._place_of(instance))
        except Unreadable as error:
            raise Unreadable(f"{self._place_of(instance)} cannot be read. {error}") from None

    def _place_of(self, instance: models.Model) -> str:
        row = getattr(instance, self._row)
        if row is None:
            raise ValueError(f"{self.name} cannot be encrypted for a row that has no {self._row} yet.")
        return self._place(instance.organization_id, row)  # type: ignore[attr-defined]

    def _place(self, organization_id: int, row: object) -> str:
        return f"{organization_id}/{self.model._meta.db_table}/{self.column}/{row}"


class Hexadecimal(Func):
    function = "encode"
    template = "%(function)s(%(expressions)s, 'hex')"
    output_field: ClassVar[_CharField] = CharField()


def is_encrypted(name: str) -> Q:
    """For a constraint: whoever writes something readable into the column by mistake is refused."""
    hexadecimal = Hexadecimal(F(name))
    return Q(GreaterThanOrEqual(Length(hexadecimal), 2 * SMALLEST_BYTES)) & Q(
        Exact(Left(hexadecimal, 2), f"{FORMAT_VERSION:02x}")
    )
