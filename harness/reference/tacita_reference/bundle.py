"""Bundles in a pile's sealed entries, and reconnect records. PROTOCOL.md §10.1, §19."""

from dataclasses import dataclass

from .encoding import Reader, opt, read_whole, u8, u32
from .errors import CannotDecrypt, Malformed
from .identity import Certificate, DeviceLog, certificate_of, read_device
from .invitation import Invitation
from .limits import SEALED_ENTRY
from .links import Descriptor
from .padding import pad, unpad
from .prekey import CONTACT, LAST_RESORT, ONE_TIME, ONE_TIME_KEM, SIGNED, Prekey
from .primitives import open_x, seal_x, sign, verify


@dataclass(frozen=True)
class Target:
    """The device that a handshake goes to, verified."""

    log: DeviceLog
    certificate: Certificate
    spk: Prekey
    opk: Prekey | None
    kem: Prekey
    contact: Prekey
    descriptor: Descriptor


@dataclass(frozen=True)
class Bundle:
    """All that a stranger needs to begin."""

    log: DeviceLog
    device: int
    spk: Prekey
    opk: Prekey | None
    kem: Prekey
    contact: Prekey
    descriptor: Descriptor
    signature: bytes

    @classmethod
    def read(cls, reader: Reader) -> "Bundle":
        reader.version()
        return cls(
            DeviceLog.read(reader),
            read_device(reader),
            Prekey.read(reader),
            reader.opt(lambda: Prekey.read(reader)),
            Prekey.read(reader),
            Prekey.read(reader),
            Descriptor.read(reader),
            reader.raw(64),
        )

    def fields(self) -> bytes:
        """All before the signature."""
        opk = self.opk.encode() if self.opk else None
        prekeys = self.spk.encode() + opt(opk) + self.kem.encode() + self.contact.encode()
        return u8(1) + self.log.encode() + u32(self.device) + prekeys + self.descriptor.encode()

    def encode(self) -> bytes:
        return self.fields() + self.signature

    def signed_by(self, seed: bytes) -> "Bundle":
        signature = sign(seed, "prekey/bundle", self.log.account() + self.fields())
        return Bundle(self.log, self.device, self.spk, self.opk, self.kem, self.contact, self.descriptor, signature)

    def seal(self, invitation: Invitation, nonce: bytes) -> bytes:
        padded = pad(self.encode(), SEALED_ENTRY - 40)
        return seal_x(invitation.seal_key(), nonce, invitation.pile_id(), padded)

    @classmethod
    def open(cls, entry: bytes, invitation: Invitation) -> "Bundle":
        if len(entry) != SEALED_ENTRY:
            raise Malformed
        padded = open_x(invitation.seal_key(), invitation.pile_id(), entry)
        try:
            content = unpad(padded)
        except CannotDecrypt:
            # It opened, so its maker padded it wrongly.
            raise Malformed from None
        return read_whole(content, cls.read)

    def verify(self, account: bytes, now: int) -> Target:
        signer = certificate_of(self.log.verify(account), self.device)
        verify(signer.signing, "prekey/bundle", account + self.fields(), self.signature)
        self.spk.verify(SIGNED, signer, now)
        if self.opk:
            self.opk.verify(ONE_TIME, signer, now)
        self.kem.verify(ONE_TIME_KEM if self.opk else LAST_RESORT, signer, now)
        self.contact.verify(CONTACT, signer, now)
        return Target(self.log, signer, self.spk, self.opk, self.kem, self.contact, self.descriptor)


@dataclass(frozen=True)
class ReconnectRecord:
    """What lets a contact begin again without a directory."""

    log: DeviceLog
    device: int
    spk: Prekey
    kem: Prekey
    contact: Prekey

    @classmethod
    def read(cls, reader: Reader) -> "ReconnectRecord":
        log, device = DeviceLog.read(reader), read_device(reader)
        return cls(log, device, Prekey.read(reader), Prekey.read(reader), Prekey.read(reader))

    def encode(self) -> bytes:
        prekeys = self.spk.encode() + self.kem.encode() + self.contact.encode()
        return self.log.encode() + u32(self.device) + prekeys

    def verify(self, account: bytes, now: int, descriptor: Descriptor) -> Target:
        signer = certificate_of(self.log.verify(account), self.device)
        self.spk.verify(SIGNED, signer, now)
        self.kem.verify(LAST_RESORT, signer, now)
        self.contact.verify(CONTACT, signer, now)
        return Target(self.log, signer, self.spk, None, self.kem, self.contact, descriptor)
