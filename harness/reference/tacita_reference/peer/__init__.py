"""One side of a live talk: a device of the reference, or a program that plays one."""

from collections.abc import Mapping
from typing import Any, Protocol

Json = dict[str, Any]


class Peer(Protocol):
    """Does what it is told; raises `Refused` with the error's name."""

    def ask(self, command: str, inputs: Mapping[str, Any] = {}) -> Json: ...
