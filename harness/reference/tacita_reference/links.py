"""Relay addresses, and links as text. PROTOCOL.md §2, §6."""

import base64
import re
from dataclasses import dataclass

from .derivation import labelled_hash
from .encoding import Reader, read_whole, u8
from .errors import Malformed, Refused
from .limits import MAX_ADDRESS, MAX_LINK_CHARS

_ADDRESS = re.compile(r"[A-Za-z0-9.\-:\[\]]+:0*([0-9]{1,5})")
_WHITE = " \t\n\v\f\r"


def check_address(text: bytes) -> bytes:
    matched = _ADDRESS.fullmatch(text.decode("latin-1"))
    if len(text) > MAX_ADDRESS or not matched or not 0 < int(matched[1]) < 65536:
        raise Malformed
    return text


def read_address(reader: Reader) -> bytes:
    return check_address(reader.raw(reader.u8()))


def write_address(address: bytes) -> bytes:
    return u8(len(address)) + address


def _checksum(kind: str, payload: bytes) -> bytes:
    return labelled_hash("tacita1/link", kind.encode() + b"\0" + payload)[:4]


def to_text(kind: str, payload: bytes) -> str:
    body = base64.urlsafe_b64encode(payload + _checksum(kind, payload)).decode().rstrip("=")
    return f"tacita://{kind}/{body}"


def parse_text(kind: str, text: str) -> bytes:
    text = text.strip(_WHITE)
    if len(text.encode()) > MAX_LINK_CHARS:
        raise Malformed
    prefix = f"tacita://{kind}/"
    if not text.startswith(prefix):
        raise Refused("NotThisLink")
    body = text[len(prefix) :]
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Malformed from None
    # One text for each payload: bits beyond the last byte are zero, and there is no padding.
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != body or len(data) < 4:
        raise Malformed
    payload, checksum = data[:-4], data[-4:]
    if checksum != _checksum(kind, payload):
        raise Malformed
    return payload


@dataclass(frozen=True)
class RelayLink:
    """A relay's own link. PROTOCOL.md §6.1."""

    address: bytes
    root: bytes
    join_code: bytes | None

    @classmethod
    def parse(cls, text: str) -> "RelayLink":
        return read_whole(parse_text("relay", text), cls.read)

    @classmethod
    def read(cls, reader: Reader) -> "RelayLink":
        reader.version()
        # A ticket: 0 for none, 1 for a join code.
        return cls(read_address(reader), reader.raw(32), reader.opt(lambda: reader.raw(16)))


@dataclass(frozen=True)
class Descriptor:
    """Lets its holder write into one mailbox. PROTOCOL.md §4.4."""

    address: bytes
    root: bytes
    mailbox: bytes
    write: bytes

    def encode(self) -> bytes:
        return write_address(self.address) + self.root + self.mailbox + self.write

    @classmethod
    def read(cls, reader: Reader) -> "Descriptor":
        return cls(read_address(reader), reader.raw(32), reader.raw(32), reader.raw(32))
