"""The committed vectors are those that the seeds give, and they hold here too."""

import json
from pathlib import Path

import pytest

from tacita_reference.cases import outcome
from tacita_reference.vectors import BUILDERS, text_of

FOLDER = Path(__file__).parents[3] / "core/tests/vectors"


@pytest.mark.parametrize("structure", BUILDERS)
def test_committed_vectors_are_what_the_seeds_give(structure: str) -> None:
    committed = (FOLDER / f"{structure}.json").read_text()
    # Not compared by `==` in the assertion: a report of the difference would be megabytes.
    same = committed == text_of(structure)
    assert same, f"{structure}.json is not what its seeds give: run `cargo xtask vectors`"


@pytest.mark.parametrize("structure", BUILDERS)
def test_committed_vectors_hold(structure: str) -> None:
    cases = json.loads((FOLDER / f"{structure}.json").read_text())["cases"]
    assert cases
    for case in cases:
        expected = {key: case[key] for key in ("outputs", "error") if key in case}
        same = outcome(case["operation"], case["inputs"]) == expected
        assert same, case["name"]


def test_there_is_no_vector_file_without_a_builder() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(BUILDERS)
