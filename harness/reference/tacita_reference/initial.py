"""Initial envelopes: the first ones to a stranger. PROTOCOL.md §12."""

from dataclasses import dataclass

from . import xwing
from .derivation import derive_hash, lx
from .encoding import Reader, lengthed, opt, read_whole, u8, u32
from .errors import CannotDecrypt, Malformed, Refused
from .identity import DeviceLog, read_device, read_x25519_key
from .limits import BUCKETS, MIN_INITIAL
from .links import Descriptor
from .padding import bucket_for, pad, unpad
from .prekey import LAST_RESORT, ONE_TIME_KEM
from .primitives import KEM_CIPHERTEXT
from .randomness import Randomness

OVERHEAD = 1 + xwing.ENC + 16


def _read_kem_kind(reader: Reader) -> int:
    kind = reader.u8()
    if kind not in (ONE_TIME_KEM, LAST_RESORT):
        raise Malformed
    return kind


@dataclass(frozen=True)
class InitialFields:
    """What a responder needs for its half of the handshake."""

    log: DeviceLog
    device: int
    ephemeral: bytes
    responder_head: bytes
    spk_id: int
    opk_id: int | None
    kem_kind: int
    kem_id: int
    ciphertext: bytes
    descriptor: Descriptor
    replaces: bytes | None

    @classmethod
    def read(cls, reader: Reader) -> "InitialFields":
        return cls(
            DeviceLog.read(reader),
            read_device(reader),
            read_x25519_key(reader),
            reader.raw(32),
            reader.u32(),
            reader.opt(reader.u32),
            _read_kem_kind(reader),
            reader.u32(),
            reader.raw(KEM_CIPHERTEXT),
            Descriptor.read(reader),
            reader.opt(lambda: reader.raw(32)),
        )

    def encode(self) -> bytes:
        opk = None if self.opk_id is None else u32(self.opk_id)
        return (
            self.log.encode()
            + u32(self.device)
            + self.ephemeral
            + self.responder_head
            + u32(self.spk_id)
            + opt(opk)
            + u8(self.kem_kind)
            + u32(self.kem_id)
            + self.ciphertext
            + self.descriptor.encode()
            + opt(self.replaces)
        )

    def initial_id(self) -> bytes:
        return derive_hash("hs/init", self.ephemeral + self.ciphertext)


def seal_initial(
    fields: InitialFields, message: bytes, contact_key: bytes, mailbox: bytes, randomness: Randomness
) -> bytes:
    plain = fields.encode() + lengthed(message)
    bucket = bucket_for(len(plain), OVERHEAD, MIN_INITIAL)
    info = lx("env/init", mailbox, 0)
    padded = pad(plain, bucket - OVERHEAD)
    return b"\x01" + xwing.seal(contact_key, info, b"\x01", padded, randomness.take(64))


def open_initial(envelope: bytes, secret: bytes, mailbox: bytes) -> tuple[InitialFields, bytes]:
    if len(envelope) not in BUCKETS or len(envelope) < MIN_INITIAL:
        raise Malformed
    if envelope[0] != 1:
        raise Refused("UnknownVersion")
    padded = xwing.unseal(secret, lx("env/init", mailbox, 0), b"\x01", envelope[1:])
    try:
        content = unpad(padded)
    except CannotDecrypt:
        # It opened, so its maker padded it wrongly.
        raise Malformed from None
    return read_whole(content, lambda r: (InitialFields.read(r), r.bytes(BUCKETS[-1])))
