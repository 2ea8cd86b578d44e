from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.supply_chain.bill_of_materials import NotABill, make_bill
from tests.supply_chain.lock_files import read_lock

if TYPE_CHECKING:
    from pathlib import Path

HASH = "a" * 64
LOCK = f"""\
amqp==5.4.2 \\
    --hash=sha256:{HASH}
    # via kombu
kombu==5.7.0 \\
    --hash=sha256:{HASH}
    # via payouts (pyproject.toml)
"""
AMQP, KOMBU, ROOT = "pkg:pypi/amqp@5.4.2", "pkg:pypi/kombu@5.7.0", "root-component"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    (folder / "requirements.lock").write_text(LOCK)
    (folder / "pyproject.toml").write_text('[project]\nname = "payouts"\nversion = "1"\n')
    return folder


def test_it_tells_who_needs_whom_under_which_licence_and_nothing_of_the_machine(repository: Path) -> None:
    text = make_bill(repository, read_lock(LOCK).pins, {"amqp": "LicenseRef-BSD", "kombu": "BSD-3-Clause"})
    bill = json.loads(text)

    assert bill["dependencies"] == [
        {"ref": AMQP, "dependsOn": []},
        {"ref": KOMBU, "dependsOn": [AMQP]},
        {"ref": ROOT, "dependsOn": [KOMBU]},
    ]
    assert [(each["bom-ref"], each["licenses"]) for each in bill["components"]] == [
        (AMQP, [{"expression": "LicenseRef-BSD"}]),
        (KOMBU, [{"expression": "BSD-3-Clause"}]),
    ]
    hashes = [each["externalReferences"][0]["hashes"] for each in bill["components"]]
    assert hashes == [[{"alg": "SHA-256", "content": HASH}]] * 2
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    addresses = {line.strip() for line in text.splitlines() if "://" in line}
    assert addresses == {f'"$schema": "{bill["$schema"]}",'}


def test_it_refuses_what_follows_no_schema(repository: Path) -> None:
    no_licence: Any = 7
    with pytest.raises(NotABill):
        make_bill(repository, read_lock(LOCK).pins, {"amqp": "MIT", "kombu": no_licence})
