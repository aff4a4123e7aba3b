"""The reference keeps to its own checks: types, lints, format."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_source_passes(command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_file_opens_with_its_purpose() -> None:
    sources = [*ROOT.glob("tacita_reference/**/*.py"), *ROOT.glob("tests/*.py")]
    assert len(sources) > 30
    for source in sources:
        lines = source.read_text().splitlines()
        assert lines[0].startswith('"""'), source
        assert len(lines) < 400, source
