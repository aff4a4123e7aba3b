"""The parts of the Double Ratchet: half-step, chain, header. PROTOCOL.md §13."""

from dataclasses import dataclass

from .derivation import NO_SALT, derive, hmac_sha256
from .encoding import Reader, u32
from .errors import CannotDecrypt
from .primitives import (
    KEM_CIPHERTEXT,
    KEM_PUBLIC,
    encapsulate,
    is_canonical_x25519,
    is_good_kem_public,
    kem_public,
    open_x,
    seal_x,
    sha256,
    x25519,
    x25519_public,
)
from .randomness import Randomness

HEADER = 32 + KEM_PUBLIC + KEM_CIPHERTEXT + 4 + 4
SEALED_HEADER = HEADER + 16
NONCE = 24
HEAD = NONCE + SEALED_HEADER


@dataclass(frozen=True)
class RatchetKeys:
    """What a sender shows in all headers of one chain."""

    dh: bytes
    ek: bytes
    ct: bytes

    def encode(self) -> bytes:
        return self.dh + self.ek + self.ct

    def check(self) -> None:
        if not is_canonical_x25519(self.dh) or not is_good_kem_public(self.ek):
            raise CannotDecrypt


@dataclass(frozen=True)
class Header:
    keys: RatchetKeys
    pn: int
    n: int

    def encode(self) -> bytes:
        return self.keys.encode() + u32(self.pn) + u32(self.n)

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        reader = Reader(data)
        keys = RatchetKeys(reader.raw(32), reader.raw(KEM_PUBLIC), reader.raw(KEM_CIPHERTEXT))
        return cls(keys, reader.u32(), reader.u32())


def seal_header(key: bytes, nonce: bytes, th: bytes, header: Header) -> bytes:
    """nonce ‖ sealed header."""
    return seal_x(key, nonce, b"\x01" + th, header.encode())


def open_header(key: bytes, th: bytes, head: bytes) -> Header:
    return Header.decode(open_x(key, b"\x01" + th, head))


def half_step(rk: bytes, dh: bytes, ss: bytes, th: bytes, keys: RatchetKeys) -> tuple[bytes, bytes, bytes]:
    """RK, CK, NHK."""
    context = th + keys.dh + sha256(keys.ek) + sha256(keys.ct)
    derived = derive(dh + ss, rk, "rk", context, 96)
    return derived[:32], derived[32:64], derived[64:]


def chain_step(ck: bytes) -> tuple[bytes, bytes]:
    """mk and the next CK."""
    return hmac_sha256(ck, b"\x01"), hmac_sha256(ck, b"\x02")


def body_key(mk: bytes, th: bytes, n: int, nonce: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of one body."""
    derived = derive(mk, NO_SALT, "mk/aead", th + u32(n) + nonce, 44)
    return derived[:32], derived[32:]


@dataclass(frozen=True)
class SendingTurn:
    """Fresh pairs of ours, and the half-step that they make with the peer's keys."""

    dh: bytes
    kem: bytes
    keys: RatchetKeys
    rk: bytes
    ck: bytes
    nhk: bytes

    @classmethod
    def draw(cls, rk: bytes, th: bytes, their_dh: bytes, their_ek: bytes, randomness: Randomness) -> "SendingTurn":
        dh, kem = randomness.take(32), randomness.take(64)
        ss, ct = encapsulate(their_ek, randomness.take(32))
        keys = RatchetKeys(x25519_public(dh), kem_public(kem), ct)
        return cls(dh, kem, keys, *half_step(rk, x25519(dh, their_dh), ss, th, keys))
