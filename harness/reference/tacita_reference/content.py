"""Frames and kinds of content. PROTOCOL.md §15."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from .bundle import ReconnectRecord
from .encoding import Reader, counted, lengthed, read_whole, u16, u64
from .errors import Malformed, Refused
from .limits import MAX_BODY, MAX_NAME, MAX_PICTURE, MAX_RECEIPT_RANGES, MAX_REVISION, MAX_TEXT
from .links import Descriptor

INTRODUCTION, TEXT, RECEIPT, RECONNECT = 1, 2, 3, 4
READ, TYPING, PROFILE = 5, 6, 7
FAREWELL, REWOUND, RESUMED = 8, 9, 10


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
        return cls(read_ranges(reader))


def read_ranges(reader: Reader) -> tuple[tuple[int, int], ...]:
    """Counters, first and last, ascending."""
    ranges = tuple(reader.list(MAX_RECEIPT_RANGES, lambda: (reader.u64(), reader.u64())))
    before = 0
    for first, last in ranges:
        if first <= before or last < first:
            raise Malformed
        before = last
    return ranges


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
class Read:
    """The user of whom this is from has read all content up to this counter."""

    up_to: int

    def encode(self) -> bytes:
        return u64(self.up_to)

    @classmethod
    def read(cls, reader: Reader) -> "Read":
        up_to = reader.u64()
        if up_to == 0:
            raise Malformed
        return cls(up_to)


@dataclass(frozen=True)
class Typing:
    """The user of whom this is from is writing, or has stopped."""

    sent_at_ms: int
    writing: bool

    def encode(self) -> bytes:
        return u64(self.sent_at_ms) + bytes([self.writing])

    @classmethod
    def read(cls, reader: Reader) -> "Typing":
        return cls(reader.u64(), reader.bool())


@dataclass(frozen=True)
class Profile:
    """What the user of whom this is from is called and looks like."""

    revision: int
    name: str
    picture: bytes

    def encode(self) -> bytes:
        return u64(self.revision) + lengthed(self.name.encode()) + lengthed(self.picture)

    @classmethod
    def read(cls, reader: Reader) -> "Profile":
        profile = cls(reader.u64(), reader.text(MAX_NAME), reader.bytes(MAX_PICTURE))
        has_control = any(unicodedata.category(character) == "Cc" for character in profile.name)
        if not 1 <= profile.revision <= MAX_REVISION or not profile.name or has_control:
            raise Malformed
        return profile


@dataclass(frozen=True)
class Farewell:
    """The account of whom this is from is deleted."""

    @classmethod
    def read(cls, _: Reader) -> "Farewell":
        return cls()


@dataclass(frozen=True)
class Rewound:
    """The store of whom this is sent to was put back: these counters have come from it."""

    th: bytes
    up_to: int
    ranges: tuple[tuple[int, int], ...]

    def encode(self) -> bytes:
        return self.th + u64(self.up_to) + Receipt(self.ranges).encode()

    @classmethod
    def read(cls, reader: Reader) -> "Rewound":
        return cls(reader.raw(32), reader.u64(), read_ranges(reader))


@dataclass(frozen=True)
class Resumed:
    """The store of whom this is from was put back, and it knows."""

    th: bytes

    def encode(self) -> bytes:
        return self.th

    @classmethod
    def read(cls, reader: Reader) -> "Resumed":
        return cls(reader.raw(32))


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


Content = (
    Introduction
    | Text
    | Receipt
    | Reconnect
    | Read
    | Typing
    | Profile
    | Farewell
    | Rewound
    | Resumed
    | Unknown
    | Damaged
)
READERS: dict[int, Callable[[Reader], Content]] = {
    INTRODUCTION: Introduction.read,
    TEXT: Text.read,
    RECEIPT: Receipt.read,
    RECONNECT: Reconnect.read,
    READ: Read.read,
    TYPING: Typing.read,
    PROFILE: Profile.read,
    FAREWELL: Farewell.read,
    REWOUND: Rewound.read,
    RESUMED: Resumed.read,
}


def decode_content(kind: int, body: bytes) -> Content:
    """Reads a body; what cannot be read is kept."""
    if kind not in READERS:
        return Unknown(kind, body)
    try:
        return read_whole(body, READERS[kind])
    except Refused:
        return Damaged(kind, body)
