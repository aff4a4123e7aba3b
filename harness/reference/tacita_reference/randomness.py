"""Where random bytes come from: the system, a seed, or a script."""

import hashlib
import os
from collections.abc import Iterable
from typing import Protocol


class Randomness(Protocol):
    """Gives random bytes."""

    def take(self, length: int) -> bytes: ...


class System:
    """The operating system's randomness."""

    def take(self, length: int) -> bytes:
        return os.urandom(length)


class Seeded:
    """The same bytes in every run: block i is SHAKE256(seed, i)."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._draws = 0

    def take(self, length: int) -> bytes:
        self._draws += 1
        shake = hashlib.shake_256(self._seed + b"\0" + self._draws.to_bytes(8, "big"))
        return shake.digest(length)


class Script:
    """Exactly the pieces given, in their order."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = list(pieces)

    def take(self, length: int) -> bytes:
        piece = self._pieces.pop(0)
        if len(piece) != length:
            raise ValueError(f"the script has {len(piece)} bytes where {length} are drawn")
        return piece
