"""Account ids and device logs."""

from dataclasses import replace

from ..identity import ADD, NO_PREVIOUS, Certificate, DeviceLog, Entry, account_id
from ..limits import MAX_LOG_ENTRIES
from ..primitives import ed25519_public, sign, x25519_public
from ..randomness import Seeded
from .case import Cases, Json, places

HOUR = 490_000


class Maker:
    """Signs logs and entries of one account, good and bad ones."""

    def __init__(self, seed: str) -> None:
        self.randomness = Seeded(seed)
        self.seed = self.randomness.take(32)
        self.empty = DeviceLog(ed25519_public(self.seed), ())
        self.account = self.empty.account()

    def keys(self) -> tuple[bytes, bytes]:
        return ed25519_public(self.randomness.take(32)), x25519_public(self.randomness.take(32))

    def certificate(self, device: int) -> Certificate:
        return Certificate.sign(self.seed, device, *self.keys(), HOUR)

    def add(self, log: DeviceLog, device: int) -> DeviceLog:
        return log.append(self.seed, self.certificate(device), HOUR + len(log.entries))

    def remove(self, log: DeviceLog, device: int) -> DeviceLog:
        return log.append(self.seed, device, HOUR + len(log.entries))

    def resign(self, log: DeviceLog, **changes: object) -> DeviceLog:
        """The log with its last entry changed, and signed as it is now."""
        entry: Entry = replace(log.entries[-1], **changes)  # type: ignore[arg-type]
        signed = replace(entry, signature=sign(self.seed, "dev/log", entry.body()))
        return replace(log, entries=(*log.entries[:-1], signed))

    def inputs(self, log: DeviceLog) -> Json:
        return {"log": log.encode().hex(), "account": self.account.hex()}


def build() -> Cases:
    cases = Cases("8")
    maker = Maker("vectors/device-log")
    cases.good("account id", "account-id", key=maker.empty.account_key.hex())
    one = maker.add(maker.empty, 1)
    two = maker.add(one, 2)
    removed = maker.remove(two, 1)
    third = maker.add(removed, 7)
    for name, log in (("of one device", one), ("of two", two), ("with a removal", removed), ("of four", third)):
        cases.good(f"log {name}", "device-log", **maker.inputs(log))
    empty = maker.remove(maker.remove(two, 2), 1)
    cases.good("log of no device any more", "device-log", **maker.inputs(empty))
    longest = one
    for number in range(2, MAX_LOG_ENTRIES + 1):
        longest = maker.remove(longest, number - 1) if number % 2 else maker.add(longest, number)
    cases.good("log of 64 entries", "device-log", **maker.inputs(longest))
    _refused(cases, maker, one, two, removed)

    too_long = maker.add(longest, 99)
    cases.bad("log of 65 entries", "Malformed", "device-log", **maker.inputs(too_long))
    cases.altered("log altered", "device-log", "log", maker.inputs(two), places(len(two.encode()), 1))
    cases.cut("log cut", "device-log", "log", maker.inputs(one), list(range(308)))
    _signed(cases, maker)
    _extended(cases, maker, one, two, removed)
    return cases


def _refused(cases: Cases, maker: Maker, one: DeviceLog, two: DeviceLog, removed: DeviceLog) -> None:
    def bad(name: str, error: str, log: DeviceLog) -> None:
        cases.bad(f"log {name}", error, "device-log", **maker.inputs(log))

    other = Maker("vectors/device-log/other")
    foreign = other.add(other.empty, 1)
    bad("of another account", "WrongAccount", foreign)
    bad("without entries", "InvalidDeviceLog", maker.empty)
    bad("that adds a number twice", "InvalidDeviceLog", maker.add(one, 1))
    bad("that adds a removed number again", "InvalidDeviceLog", maker.add(removed, 1))
    bad("that removes what is not there", "InvalidDeviceLog", maker.remove(one, 2))
    bad("that removes twice", "InvalidDeviceLog", maker.remove(removed, 1))
    bad("that begins with a removal", "InvalidDeviceLog", maker.remove(maker.empty, 1))
    bad("with a wrong number", "InvalidDeviceLog", maker.resign(two, seq=2))
    bad("whose first number is 1", "InvalidDeviceLog", maker.resign(one, seq=1))
    bad("with a wrong hash", "InvalidDeviceLog", maker.resign(two, previous=NO_PREVIOUS))
    bad("whose first hash is not zero", "InvalidDeviceLog", maker.resign(one, previous=b"\x01" * 32))
    bad("without its first entry", "InvalidDeviceLog", replace(two, entries=two.entries[1:]))
    bad("in another order", "InvalidDeviceLog", replace(two, entries=two.entries[::-1]))
    certificate = other.certificate(1)
    bad("with another account's certificate", "BadSignature", maker.resign(one, change=certificate))
    # Signed by this account's key, but made out to another account.
    misnamed = replace(certificate, address=replace(certificate.address, account=other.account))
    misnamed = replace(misnamed, signature=sign(maker.seed, "dev/cert", misnamed.body()))
    bad("with a certificate made out to another account", "InvalidDeviceLog", maker.resign(one, change=misnamed))
    good = one.entries[0].change
    assert isinstance(good, Certificate)
    cross = replace(good, signature=sign(maker.seed, "dev/log", good.body()))
    bad("with a certificate signed for another purpose", "BadSignature", maker.resign(one, change=cross))
    entry = one.entries[0]
    cross_entry = replace(entry, signature=sign(maker.seed, "dev/cert", entry.body()))
    bad("with an entry signed for another purpose", "BadSignature", replace(one, entries=(cross_entry,)))
    foreign_entry = replace(entry, signature=sign(other.seed, "dev/log", entry.body()))
    bad("with an entry signed by another account", "BadSignature", replace(one, entries=(foreign_entry,)))

    bad("with an unknown operation", "Malformed", maker.resign(one, op=3))
    bad("with an operation that its change is not", "Malformed", maker.resign(one, op=ADD + 1))
    bad("that adds device 0", "Malformed", maker.add(maker.empty, 0))
    bad("that removes device 0", "Malformed", maker.remove(one, 0))
    for name, field, key in (
        ("a signing key of small order", "signing", bytes(32)),
        ("an X25519 key that is not canonical", "dh", b"\xed" + b"\xff" * 30 + b"\x7f"),
    ):
        wrong = replace(good, **{field: key})  # type: ignore[arg-type]
        wrong = replace(wrong, signature=sign(maker.seed, "dev/cert", wrong.body()))
        bad(f"with {name}", "Malformed", maker.resign(one, change=wrong))
    small = DeviceLog(bytes(32), one.entries)
    account = account_id(bytes(32)).hex()
    cases.bad(
        "log of an account key of small order", "Malformed", "device-log", log=small.encode().hex(), account=account
    )
    version = bytearray(one.encode())
    version[32 + 2 + 41] = 2
    inputs = {**maker.inputs(one), "log": version.hex()}
    cases.bad("log with a certificate of another version", "UnknownVersion", "device-log", **inputs)
    cases.bad("log with more behind", "Malformed", "device-log", **{**inputs, "log": one.encode().hex() + "00"})


def _signed(cases: Cases, maker: Maker) -> None:
    def add(device: int) -> Json:
        signing, dh = maker.keys()
        return {"op": "add", "device": device, "hour": HOUR, "signing": signing.hex(), "dh": dh.hex()}

    def remove(device: int) -> Json:
        return {"op": "remove", "device": device, "hour": HOUR + 1}

    seed = maker.seed.hex()
    first = add(1)
    cases.good("log signed with one device", "sign-device-log", seed=seed, changes=[first])
    cases.good("log signed with changes", "sign-device-log", seed=seed, changes=[first, add(2), remove(1), add(3)])
    for name, change in (("a number twice", add(1)), ("a removal of nothing", remove(2))):
        cases.bad(
            f"log not signed with {name}", "InvalidDeviceLog", "sign-device-log", seed=seed, changes=[first, change]
        )
    changes = [first] + [add(n) for n in range(2, MAX_LOG_ENTRIES + 2)]
    cases.bad("log not signed beyond 64 entries", "TooLarge", "sign-device-log", seed=seed, changes=changes)


def _extended(cases: Cases, maker: Maker, one: DeviceLog, two: DeviceLog, removed: DeviceLog) -> None:
    def inputs(newer: DeviceLog, known: DeviceLog) -> Json:
        return {"newer": newer.encode().hex(), "known": known.encode().hex()}

    cases.good("log that is the known one", "device-log-extends", **inputs(two, two))
    cases.good("log that goes on by one", "device-log-extends", **inputs(two, one))
    cases.good("log that goes on by two", "device-log-extends", **inputs(removed, one))
    cases.bad("log that is shorter", "OutdatedDeviceLog", "device-log-extends", **inputs(one, removed))
    fork, rewritten = maker.add(one, 3), maker.add(maker.empty, 1)
    cases.bad("log that forks at its end", "ForkedDeviceLog", "device-log-extends", **inputs(fork, two))
    cases.bad(
        "log that forks and is longer", "ForkedDeviceLog", "device-log-extends", **inputs(maker.add(fork, 4), two)
    )
    cases.bad("log that is rewritten", "ForkedDeviceLog", "device-log-extends", **inputs(rewritten, two))
    other = Maker("vectors/device-log/third")
    foreign = other.add(other.empty, 1)
    cases.bad("log of somebody else", "WrongAccount", "device-log-extends", **inputs(foreign, one))
