"""Frames and kinds of content. PROTOCOL.md §15."""

from collections.abc import Callable
from dataclasses import dataclass

from .bundle import ReconnectRecord
from .encoding import Reader, counted, lengthed, read_whole, u16, u64
from .errors import Malformed, Refused
from .limits import MAX_BODY, MAX_NAME, MAX_RECEIPT_RANGES, MAX_TEXT
from .links import Descriptor

INTRODUCTION, TEXT, RECEIPT, RECONNECT = 1, 2, 3, 4


@dataclass(frozen=True)
class Frame:
    """What is sealed as the body of one message."""

    counter: int
    seen_up_to: int
    kind: int
    body: bytes

    def encode(self) -> bytes:
        return u64(self.counter) + u64(self.seen_up_to) + u16(self.kind) + lengthed(self.body)

    @classmethod
    def read(cls, reader: Reader) -> "Frame":
        return cls(reader.u64(), reader.u64(), reader.u16(), reader.bytes(MAX_BODY))

    def content(self) -> "Content":
        return decode_content(self.kind, self.body)


@dataclass(frozen=True)
class Introduction:
    name: str
    descriptor: Descriptor
    record: ReconnectRecord

    def encode(self) -> bytes:
        return lengthed(self.name.encode()) + self.descriptor.encode() + self.record.encode()

    @classmethod
    def read(cls, reader: Reader) -> "Introduction":
        return cls(reader.text(MAX_NAME), Descriptor.read(reader), ReconnectRecord.read(reader))


@dataclass(frozen=True)
class Text:
    sent_at_ms: int
    text: str

    def encode(self) -> bytes:
        return u64(self.sent_at_ms) + lengthed(self.text.encode())

    @classmethod
    def read(cls, reader: Reader) -> "Text":
        return cls(reader.u64(), reader.text(MAX_TEXT))


@dataclass(frozen=True)
class Receipt:
    ranges: tuple[tuple[int, int], ...]

    def encode(self) -> bytes:
        return counted([u64(first) + u64(last) for first, last in self.ranges])

    @classmethod
    def read(cls, reader: Reader) -> "Receipt":
        ranges = tuple(reader.list(MAX_RECEIPT_RANGES, lambda: (reader.u64(), reader.u64())))
        before = 0
        for first, last in ranges:
            if first <= before or last < first:
                raise Malformed
            before = last
        return cls(ranges)


@dataclass(frozen=True)
class Reconnect:
    descriptor: Descriptor
    record: ReconnectRecord

    def encode(self) -> bytes:
        return self.descriptor.encode() + self.record.encode()

    @classmethod
    def read(cls, reader: Reader) -> "Reconnect":
        return cls(Descriptor.read(reader), ReconnectRecord.read(reader))


@dataclass(frozen=True)
class Unknown:
    """A kind of a newer version: kept whole."""

    kind: int
    body: bytes


@dataclass(frozen=True)
class Damaged:
    """A known kind with a malformed body: kept whole."""

    kind: int
    body: bytes


Content = Introduction | Text | Receipt | Reconnect | Unknown | Damaged
READERS: dict[int, Callable[[Reader], Content]] = {
    INTRODUCTION: Introduction.read,
    TEXT: Text.read,
    RECEIPT: Receipt.read,
    RECONNECT: Reconnect.read,
}


def decode_content(kind: int, body: bytes) -> Content:
    """Reads a body; what cannot be read is kept."""
    if kind not in READERS:
        return Unknown(kind, body)
    try:
        return read_whole(body, READERS[kind])
    except Refused:
        return Damaged(kind, body)
