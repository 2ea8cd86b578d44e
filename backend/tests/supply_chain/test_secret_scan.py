from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.supply_chain.__main__ import REPOSITORY
from tests.supply_chain.secret_scan import BASELINE, find_secret_problems

if TYPE_CHECKING:
    from pathlib import Path

# Put together here, so that this file does not hold what it looks for.
PLANTS = (
    ("AWS Access Key", "AKIA" + "Q7ZJX3MN" * 2),
    ("Private Key", "-----BEGIN " + "RSA PRIVATE KEY-----"),
    ("API key of this service", "pk_" + "live_8fK2mQx71LpZ_" + "dR5tY9uE3w" * 4),
    ("Callback secret", "whsec_" + "Zm91ci1hbmQt" * 3),
)


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


@pytest.mark.parametrize(("kind", "secret"), PLANTS)
@pytest.mark.parametrize("line", ["value = '{}'", "{}", "{}  # pragma: " + "allowlist secret"])
def test_it_finds_a_planted_secret(kind: str, secret: str, line: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import os\n" + line.format(secret) + "\n")

    assert f"{planted}:2 may hold a secret ({kind})" in list(find_secret_problems([str(planted)]))


def test_it_leaves_alone_what_is_no_secret(tmp_path: Path) -> None:
    fine = tmp_path / "fine.py"
    fine.write_text("actor = 'pk_live_8fK2mQx71LpZ'\nprefix = 'whsec_'\nname = os.environ['API_KEY']\n")

    assert list(find_secret_problems([str(fine)])) == []


def test_it_refuses_a_commit_with_a_planted_secret(tmp_path: Path) -> None:
    config = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())
    hook = next(hook for hook in config["repos"][0]["hooks"] if hook["id"] == "secrets")
    planted = tmp_path / "planted.txt"
    planted.write_text("\n".join(secret for _, secret in PLANTS))

    done = subprocess.run(
        [*shlex.split(hook["entry"]), str(planted)], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert all(f"({kind})" in done.stdout for kind, _ in PLANTS)
    assert not any(secret in done.stdout + done.stderr for _, secret in PLANTS)


def test_it_keeps_a_baseline_of_audited_entries_that_fits_any_machine() -> None:
    text = (REPOSITORY / BASELINE).read_text()
    baseline = json.loads(text)

    assert str(REPOSITORY) not in text
    assert not [path for path in baseline["results"] if path.startswith("/")]
    plugins = {plugin.get("path") for plugin in baseline["plugins_used"]} - {None}
    assert plugins == {"file://backend/tests/supply_chain/key_detectors.py"}


@pytest.mark.parametrize("verdict", [{}, {"is_secret": True}, {"is_secret": None}])
def test_it_refuses_an_entry_that_nobody_found_to_be_made_up(
    verdict: dict[str, bool | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline = json.loads((REPOSITORY / BASELINE).read_text())
    entry = {"type": "Secret Keyword", "filename": "a.py", "hashed_secret": "0" * 40, **verdict}
    (tmp_path / BASELINE).write_text(
        json.dumps({**baseline, "plugins_used": [], "results": {"a.py": [entry]}})
    )
    monkeypatch.chdir(tmp_path)

    assert list(find_secret_problems(["a.py"])) == [
        f"{BASELINE} has an entry for a.py (Secret Keyword) that was not audited as made up"
    ]
