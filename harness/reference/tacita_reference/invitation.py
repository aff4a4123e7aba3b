"""Invitations: one secret that opens one pile. PROTOCOL.md §6.2."""

from dataclasses import dataclass

from .derivation import derive, labelled_hash
from .encoding import Reader, read_whole, u8
from .errors import Refused
from .links import parse_text, read_address, to_text, write_address


@dataclass(frozen=True)
class Invitation:
    """What a link of kind `invite` says."""

    address: bytes
    root: bytes
    account: bytes
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> "Invitation":
        return read_whole(parse_text("invite", text), cls.read)

    @classmethod
    def read(cls, reader: Reader) -> "Invitation":
        reader.version()
        return cls(read_address(reader), reader.raw(32), reader.raw(32), reader.raw(32))

    def encode(self) -> bytes:
        return u8(1) + write_address(self.address) + self.root + self.account + self.secret

    def to_text(self) -> str:
        return to_text("invite", self.encode())

    def claim_key(self) -> bytes:
        return derive(self.secret, self.account, "pile/claim", b"", 32)

    def seal_key(self) -> bytes:
        return derive(self.secret, self.account, "pile/seal", b"", 32)

    def pile_id(self) -> bytes:
        return labelled_hash("tacita1/pile-id", self.claim_key())

    def check_foreign(self, ours: bytes) -> None:
        if self.account == ours:
            raise Refused("OwnInvitation")
