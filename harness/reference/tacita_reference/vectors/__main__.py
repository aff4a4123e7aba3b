"""Writes the vectors into a folder: `python -m tacita_reference.vectors FOLDER`."""

import sys
from pathlib import Path

from . import BUILDERS, text_of


def main() -> None:
    folder = Path(sys.argv[1])
    for structure in BUILDERS:
        (folder / f"{structure}.json").write_text(text_of(structure))
    for stray in folder.glob("*.json"):
        if stray.stem not in BUILDERS:
            stray.unlink()


main()
