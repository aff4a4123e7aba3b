"""Whole devices from a seed: account, device keys, log, prekeys of each kind, a contact mailbox."""

from dataclasses import dataclass, replace

from . import prekey
from .bundle import Bundle, ReconnectRecord
from .derivation import labelled_hash
from .handshake import DeviceKeys
from .identity import Address, Certificate, DeviceLog, account_id
from .invitation import Invitation
from .links import Descriptor
from .prekey import PrekeyPair
from .primitives import ed25519_public, x25519_public
from .randomness import Randomness

RELAY = b"relay.example:443"


def draw_mailbox(randomness: Randomness, address: bytes = RELAY, root: bytes = b"\x01" * 32) -> Descriptor:
    """A mailbox; who reads it is of no matter here."""
    mailbox = labelled_hash("tacita1/mailbox-id", randomness.take(32))
    return Descriptor(address, root, mailbox, randomness.take(32))


@dataclass(frozen=True)
class Person:
    """Somebody with one device."""

    account_seed: bytes
    keys: DeviceKeys
    log: DeviceLog
    spk: PrekeyPair
    opk: PrekeyPair
    kem: PrekeyPair
    last_resort: PrekeyPair
    contact: PrekeyPair
    mailbox: Descriptor
    invitation: Invitation

    @classmethod
    def draw(cls, hour: int, randomness: Randomness) -> "Person":
        account_seed, signing, dh = (randomness.take(32) for _ in range(3))
        account_key = ed25519_public(account_seed)
        address = Address(account_id(account_key), 1)
        certificate = Certificate.sign(account_seed, 1, ed25519_public(signing), x25519_public(dh), hour)
        log = DeviceLog(account_key, ()).append(account_seed, certificate, hour)

        def pair(kind: int) -> PrekeyPair:
            return prekey.generate(kind, 10 + kind, hour, signing, address, randomness)

        spk, opk, kem = pair(prekey.SIGNED), pair(prekey.ONE_TIME), pair(prekey.ONE_TIME_KEM)
        last_resort, contact = pair(prekey.LAST_RESORT), pair(prekey.CONTACT)
        mailbox = draw_mailbox(randomness)
        invitation = Invitation(mailbox.address, mailbox.root, address.account, randomness.take(32))
        keys = DeviceKeys(address, signing, dh)
        return cls(account_seed, keys, log, spk, opk, kem, last_resort, contact, mailbox, invitation)

    @property
    def account(self) -> bytes:
        return self.keys.address.account

    def bundle(self, last_resort: bool = False) -> Bundle:
        bundle = Bundle(
            self.log,
            self.keys.address.device,
            self.spk.public,
            self.opk.public,
            self.kem.public,
            self.contact.public,
            self.mailbox,
            b"",
        )
        if last_resort:
            bundle = replace(bundle, opk=None, kem=self.last_resort.public)
        return bundle.signed_by(self.keys.signing)

    def reconnect_record(self) -> ReconnectRecord:
        device = self.keys.address.device
        return ReconnectRecord(self.log, device, self.spk.public, self.last_resort.public, self.contact.public)
