from pathlib import Path

import pytest

from sandbox_bank.__main__ import main


@pytest.mark.parametrize(
    "options",
    [["--port", "70000"], ["--port", "x"], ["--delay-seconds", "nan"], ["--hang-seconds", "-1"]],
)
def test_it_refuses_options_out_of_range(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--database", str(tmp_path / "bank.sqlite"), *options], {})

    assert options[0] in capsys.readouterr().err


def test_it_refuses_to_call_back_without_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"SANDBOX_BANK_CALLBACK_URL": "http://127.0.0.1:1"}

    assert main(["--database", str(tmp_path / "bank.sqlite")], environment) == 1

    assert "secret" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
