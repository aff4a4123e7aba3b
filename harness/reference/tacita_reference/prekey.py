"""Signed prekeys, and both halves of one's own. PROTOCOL.md §10."""

from dataclasses import dataclass

from . import xwing
from .encoding import Reader, u8, u32
from .errors import Malformed, Refused
from .identity import Address, Certificate
from .limits import CLOCK_TOLERANCE_HOURS, LAST_HOUR, PREKEY_HOURS
from .primitives import (
    KEM_PUBLIC,
    KEM_SEED,
    is_canonical_x25519,
    is_good_kem_public,
    kem_public,
    sign,
    verify,
    x25519_public,
)
from .randomness import Randomness

SIGNED, ONE_TIME, ONE_TIME_KEM, LAST_RESORT, CONTACT = 1, 2, 3, 4, 5
_PURPOSES = {
    SIGNED: "prekey/spk",
    ONE_TIME: "prekey/opk",
    ONE_TIME_KEM: "prekey/pq",
    LAST_RESORT: "prekey/lr",
    CONTACT: "prekey/contact",
}
_LENGTHS = {SIGNED: 32, ONE_TIME: 32, ONE_TIME_KEM: KEM_PUBLIC, LAST_RESORT: KEM_PUBLIC, CONTACT: xwing.PUBLIC}


def _later(hour: int, hours: int) -> int:
    return min(hour + hours, LAST_HOUR)


@dataclass(frozen=True)
class Prekey:
    """A prekey as it is sent."""

    kind: int
    id: int
    not_before: int
    not_after: int
    key: bytes
    signature: bytes

    @classmethod
    def read(cls, reader: Reader) -> "Prekey":
        kind = reader.u8()
        if kind not in _PURPOSES:
            raise Malformed
        number, not_before, not_after = reader.u32(), reader.u32(), reader.u32()
        key = reader.raw(_LENGTHS[kind])
        good = {32: is_canonical_x25519, KEM_PUBLIC: is_good_kem_public, xwing.PUBLIC: xwing.is_good_public}
        if not good[len(key)](key):
            raise Malformed
        return cls(kind, number, not_before, not_after, key, reader.raw(64))

    @classmethod
    def sign(cls, seed: bytes, signer: Address, kind: int, number: int, time: tuple[int, int], key: bytes) -> "Prekey":
        unsigned = cls(kind, number, *time, key, b"")
        return cls(kind, number, *time, key, sign(seed, _PURPOSES[kind], unsigned.body(signer)))

    def _head(self) -> bytes:
        return u8(self.kind) + u32(self.id) + u32(self.not_before) + u32(self.not_after)

    def body(self, signer: Address) -> bytes:
        return self._head() + signer.encode() + self.key

    def encode(self) -> bytes:
        return self._head() + self.key + self.signature

    def verify(self, kind: int, signer: Certificate, now: int) -> None:
        if self.kind != kind:
            raise Refused("WrongPrekey")
        verify(signer.signing, _PURPOSES[kind], self.body(signer.address), self.signature)
        if not self.not_before <= self.not_after <= _later(self.not_before, PREKEY_HOURS):
            raise Refused("WrongPrekey")
        self.check_time(now)

    def check_time(self, now: int) -> None:
        if _later(now, CLOCK_TOLERANCE_HOURS) < self.not_before:
            raise Refused("CheckYourClock")
        if now > _later(self.not_after, CLOCK_TOLERANCE_HOURS):
            raise Refused("Expired")


@dataclass(frozen=True)
class PrekeyPair:
    """A prekey of ours; the secret is 32 bytes, of ML-KEM 64 (d ‖ z)."""

    public: Prekey
    secret: bytes


def generate(kind: int, number: int, hour: int, seed: bytes, signer: Address, randomness: Randomness) -> PrekeyPair:
    """A prekey that is valid from this hour for 30 days."""
    secret = randomness.take(KEM_SEED if kind in (ONE_TIME_KEM, LAST_RESORT) else 32)
    key = {32: x25519_public, KEM_PUBLIC: kem_public, xwing.PUBLIC: xwing.public}[_LENGTHS[kind]](secret)
    time = (hour, _later(hour, PREKEY_HOURS))
    return PrekeyPair(Prekey.sign(seed, signer, kind, number, time, key), secret)
