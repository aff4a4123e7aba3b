"""The bounded reader and the writer. PROTOCOL.md §2."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from .errors import Malformed, Refused

T = TypeVar("T")


class Reader:
    """Reads from the front of some bytes, never past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def raw(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise Malformed
        part = self._data[self._at : end]
        self._at = end
        return part

    def uint(self, length: int) -> int:
        return int.from_bytes(self.raw(length), "big")

    def u8(self) -> int:
        return self.uint(1)

    def u16(self) -> int:
        return self.uint(2)

    def u32(self) -> int:
        return self.uint(4)

    def u64(self) -> int:
        return self.uint(8)

    def bool(self) -> bool:
        value = self.u8()
        if value > 1:
            raise Malformed
        return value == 1

    def bytes(self, limit: int) -> bytes:
        length = self.u32()
        if length > limit:
            raise Malformed
        return self.raw(length)

    def list(self, limit: int, item: Callable[[], T]) -> list[T]:
        count = self.u16()
        if count > limit:
            raise Malformed
        return [item() for _ in range(count)]

    def opt(self, item: Callable[[], T]) -> T | None:
        return item() if self.bool() else None

    def version(self, known: int = 1) -> None:
        if self.u8() != known:
            raise Refused("UnknownVersion")

    def text(self, limit: int) -> str:
        try:
            return self.bytes(limit).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed from None

    def finish(self) -> None:
        if self._at != len(self._data):
            raise Malformed


def read_whole(data: bytes, decode: Callable[[Reader], T]) -> T:
    """One value that is all of these bytes."""
    reader = Reader(data)
    value = decode(reader)
    reader.finish()
    return value


def u8(value: int) -> bytes:
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "big")


def lengthed(data: bytes) -> bytes:
    """`bytes(n)`."""
    return u32(len(data)) + data


def counted(items: Sequence[bytes]) -> bytes:
    """`list(n)`."""
    return u16(len(items)) + b"".join(items)


def opt(data: bytes | None) -> bytes:
    """`opt(x)`."""
    return b"\x00" if data is None else b"\x01" + data
