"""Account ids, device certificates and the device log. PROTOCOL.md §8."""

from dataclasses import dataclass

from .derivation import derive_hash
from .encoding import Reader, counted, u8, u32
from .errors import Malformed, Refused
from .limits import MAX_LOG_ENTRIES
from .primitives import ed25519_public, is_canonical_x25519, is_good_ed25519, sha256, sign, verify

ADD, REMOVE = 1, 2
NO_PREVIOUS = bytes(32)


def account_id(account_key: bytes) -> bytes:
    return sha256(account_key)


def read_device(reader: Reader) -> int:
    number = reader.u32()
    if number == 0:
        raise Malformed
    return number


def read_signing_key(reader: Reader) -> bytes:
    key = reader.raw(32)
    if not is_good_ed25519(key):
        raise Malformed
    return key


def read_x25519_key(reader: Reader) -> bytes:
    key = reader.raw(32)
    if not is_canonical_x25519(key):
        raise Malformed
    return key


@dataclass(frozen=True)
class Address:
    """One device of one account."""

    account: bytes
    device: int

    def encode(self) -> bytes:
        return self.account + u32(self.device)


@dataclass(frozen=True)
class Certificate:
    """The account key's word for a device's two keys."""

    address: Address
    signing: bytes
    dh: bytes
    created: int
    signature: bytes

    @classmethod
    def sign(cls, account_seed: bytes, device: int, signing: bytes, dh: bytes, created: int) -> "Certificate":
        address = Address(account_id(ed25519_public(account_seed)), device)
        unsigned = cls(address, signing, dh, created, b"")
        return cls(address, signing, dh, created, sign(account_seed, "dev/cert", unsigned.body()))

    @classmethod
    def read(cls, reader: Reader) -> "Certificate":
        reader.version()
        address = Address(reader.raw(32), read_device(reader))
        return cls(address, read_signing_key(reader), read_x25519_key(reader), reader.u32(), reader.raw(64))

    def body(self) -> bytes:
        return u8(1) + self.address.encode() + self.signing + self.dh + u32(self.created)

    def encode(self) -> bytes:
        return self.body() + self.signature


@dataclass(frozen=True)
class Entry:
    """One signed entry of a device log."""

    op: int
    seq: int
    previous: bytes
    hour: int
    change: Certificate | int
    signature: bytes

    @classmethod
    def read(cls, reader: Reader) -> "Entry":
        op, seq, previous, hour = reader.u8(), reader.u32(), reader.raw(32), reader.u32()
        if op not in (ADD, REMOVE):
            raise Malformed
        change = Certificate.read(reader) if op == ADD else read_device(reader)
        return cls(op, seq, previous, hour, change, reader.raw(64))

    def body(self) -> bytes:
        change = u32(self.change) if isinstance(self.change, int) else self.change.encode()
        return u8(self.op) + u32(self.seq) + self.previous + u32(self.hour) + change

    def encode(self) -> bytes:
        return self.body() + self.signature

    def hash(self) -> bytes:
        return derive_hash("dev/log-hash", self.encode())


@dataclass(frozen=True)
class DeviceLog:
    """A device log as it came; `verify` says whether it holds."""

    account_key: bytes
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, reader: Reader) -> "DeviceLog":
        key = read_signing_key(reader)
        return cls(key, tuple(reader.list(MAX_LOG_ENTRIES, lambda: Entry.read(reader))))

    def encode(self) -> bytes:
        return self.account_key + counted([entry.encode() for entry in self.entries])

    def account(self) -> bytes:
        return account_id(self.account_key)

    def head(self) -> bytes:
        return self.entries[-1].hash() if self.entries else NO_PREVIOUS

    def heads(self) -> list[bytes]:
        return [entry.hash() for entry in self.entries]

    def append(self, account_seed: bytes, change: Certificate | int, hour: int) -> "DeviceLog":
        """The log with one more entry, whatever that entry says."""
        op = REMOVE if isinstance(change, int) else ADD
        entry = Entry(op, len(self.entries), self.head(), hour, change, b"")
        signature = sign(account_seed, "dev/log", entry.body())
        signed = Entry(op, entry.seq, entry.previous, hour, change, signature)
        return DeviceLog(self.account_key, (*self.entries, signed))

    def verify(self, account: bytes) -> dict[int, Certificate]:
        """The devices that the account has now."""
        if self.account() != account:
            raise Refused("WrongAccount")
        if not self.entries:
            raise Refused("InvalidDeviceLog")
        present: dict[int, Certificate] = {}
        ever: set[int] = set()
        previous = NO_PREVIOUS
        for seq, entry in enumerate(self.entries):
            verify(self.account_key, "dev/log", entry.body(), entry.signature)
            if isinstance(entry.change, Certificate):
                certificate = entry.change
                verify(self.account_key, "dev/cert", certificate.body(), certificate.signature)
                device = certificate.address.device
                allowed = certificate.address.account == account and device not in ever
                ever.add(device)
                present[device] = certificate
            else:
                allowed = present.pop(entry.change, None) is not None
            if not allowed or entry.seq != seq or entry.previous != previous:
                raise Refused("InvalidDeviceLog")
            previous = entry.hash()
        return present

    def check_extends(self, known: "DeviceLog") -> None:
        """Both logs hold. This one begins with the known one."""
        if self.account_key != known.account_key:
            raise Refused("WrongAccount")
        ours, theirs = self.heads(), known.heads()
        if any(a != b for a, b in zip(ours, theirs, strict=False)):
            raise Refused("ForkedDeviceLog")
        if len(ours) < len(theirs):
            raise Refused("OutdatedDeviceLog")


def certificate_of(devices: dict[int, Certificate], device: int) -> Certificate:
    if device not in devices:
        raise Refused("UnknownDevice")
    return devices[device]
