"""Signed prekeys, bundles in their sealed entries, reconnect records."""

from dataclasses import replace

from ..bundle import Bundle
from ..encoding import u8
from ..identity import Certificate
from ..limits import SEALED_ENTRY
from ..padding import pad
from ..people import Person
from ..prekey import ONE_TIME, SIGNED, Prekey, PrekeyPair
from ..primitives import ed25519_public, seal_x, sign, x25519_public
from ..randomness import Seeded
from .case import Cases, Json, places

NOW = 490_000
DAYS = 24


class Maker:
    """One person, and prekeys of it with whatever is wrong."""

    def __init__(self) -> None:
        self.randomness = Seeded("vectors/prekeys")
        self.person = Person.draw(NOW, self.randomness)
        self.other = Person.draw(NOW, self.randomness)

    def pairs(self) -> list[PrekeyPair]:
        p = self.person
        return [p.spk, p.opk, p.kem, p.last_resort, p.contact]

    def inputs(self, prekey: Prekey, kind: int, now: int = NOW) -> Json:
        log, account = self.person.log.encode().hex(), self.person.account.hex()
        return {
            "prekey": prekey.encode().hex(),
            "kind": kind,
            "log": log,
            "account": account,
            "device": 1,
            "now": now,
        }

    def resign(self, prekey: Prekey, **changes: int) -> Prekey:
        changed = replace(prekey, **changes)  # type: ignore[arg-type]
        time = (changed.not_before, changed.not_after)
        keys = self.person.keys
        return Prekey.sign(keys.signing, keys.address, changed.kind, changed.id, time, changed.key)

    def claim(self, bundle: Bundle, now: int = NOW) -> Json:
        entry = bundle.seal(self.person.invitation, self.randomness.take(24))
        return self.opened(entry, now)

    def opened(self, entry: bytes, now: int = NOW) -> Json:
        return {"entry": entry.hex(), "invitation": self.person.invitation.to_text(), "now": now}


def build_prekeys() -> Cases:
    cases = Cases("10")
    maker = Maker()
    for pair in maker.pairs():
        kind = pair.public.kind
        inputs = maker.inputs(pair.public, kind)
        cases.good(f"prekey of kind {kind}", "prekey", **inputs)
        length = len(pair.public.encode())
        cases.altered(
            f"prekey of kind {kind}, altered", "prekey", "prekey", inputs, places(length, max(1, length // 60))
        )
        cases.cut(f"prekey of kind {kind}, cut", "prekey", "prekey", inputs, places(length, max(1, length // 30)))
        another = SIGNED if kind != SIGNED else ONE_TIME
        cases.bad(
            f"prekey of kind {kind} where another is due", "WrongPrekey", "prekey", **maker.inputs(pair.public, another)
        )
        # The same key, signed as another kind's: what is signed names the kind twice.
        keys = maker.person.keys
        cross = replace(pair.public, signature=sign(keys.signing, "prekey/bundle", pair.public.body(keys.address)))
        cases.bad(
            f"prekey of kind {kind} signed for another purpose", "BadSignature", "prekey", **maker.inputs(cross, kind)
        )
    spk = maker.person.spk.public
    foreign = Prekey.sign(maker.other.keys.signing, maker.person.keys.address, SIGNED, 11, (NOW, NOW + 1), spk.key)
    cases.bad("prekey signed by somebody else", "BadSignature", "prekey", **maker.inputs(foreign, SIGNED))
    misnamed = Prekey.sign(maker.person.keys.signing, maker.other.keys.address, SIGNED, 11, (NOW, NOW + 1), spk.key)
    cases.bad("prekey signed for another account", "BadSignature", "prekey", **maker.inputs(misnamed, SIGNED))
    unknown = {**maker.inputs(spk, SIGNED), "device": 2}
    cases.bad("prekey of a device that is not there", "UnknownDevice", "prekey", **unknown)
    of_kind_6 = u8(6) + spk.encode()[1:]
    cases.bad("prekey of an unknown kind", "Malformed", "prekey", **{**unknown, "prekey": of_kind_6.hex()})

    end = NOW + 30 * DAYS
    for name, now in (("first tolerated", NOW - 48), ("first", NOW), ("last", end), ("last tolerated", end + 48)):
        cases.good(f"prekey in its {name} hour", "prekey", **maker.inputs(spk, SIGNED, now))
    cases.bad("prekey before its time", "CheckYourClock", "prekey", **maker.inputs(spk, SIGNED, NOW - 49))
    cases.bad("prekey after its time", "Expired", "prekey", **maker.inputs(spk, SIGNED, end + 49))
    one_hour = maker.resign(spk, not_after=NOW)
    cases.good("prekey of one hour", "prekey", **maker.inputs(one_hour, SIGNED))
    too_long = maker.resign(spk, not_after=end + 1)
    cases.bad("prekey of more than 30 days", "WrongPrekey", "prekey", **maker.inputs(too_long, SIGNED))
    backwards = maker.resign(spk, not_after=NOW - 1)
    cases.bad("prekey that ends before it begins", "WrongPrekey", "prekey", **maker.inputs(backwards, SIGNED))
    last = 2**32 - 1
    at_the_end = maker.resign(spk, not_before=last - 1, not_after=last)
    cases.good("prekey at the end of time", "prekey", **maker.inputs(at_the_end, SIGNED, last))
    return cases


def build_bundles() -> Cases:
    cases = Cases("10.1, 19")
    maker = Maker()
    person = maker.person
    one_time, last_resort = person.bundle(), person.bundle(last_resort=True)
    for name, bundle in (("one-time", one_time), ("last resort", last_resort)):
        cases.good(f"bundle, {name}", "bundle", **maker.claim(bundle))
    inputs = maker.claim(one_time)
    cases.altered("entry altered", "bundle", "entry", inputs, places(SEALED_ENTRY, 700))
    cases.cut("entry cut", "bundle", "entry", inputs, [0, 24, 40, 8191])
    wrong_link = {**inputs, "invitation": maker.other.invitation.to_text()}
    cases.bad("entry of another invitation", "CannotDecrypt", "bundle", **wrong_link)
    _bad_bundles(cases, maker, one_time, last_resort)

    invitation = person.invitation

    def sealed(padded: bytes) -> Json:
        nonce = maker.randomness.take(24)
        return maker.opened(seal_x(invitation.seal_key(), nonce, invitation.pile_id(), padded))

    cases.bad("entry without padding", "Malformed", "bundle", **sealed(bytes(8152)))
    more = pad(one_time.encode() + b"\0", 8152)
    cases.bad("entry with more behind its bundle", "Malformed", "bundle", **sealed(more))
    newer = pad(u8(2) + one_time.encode()[1:], 8152)
    cases.bad("bundle of another version", "UnknownVersion", "bundle", **sealed(newer))

    log = person.log
    for number in range(2, 20):
        log = log.append(person.account_seed, _certificate(maker, number), NOW)
        bundle = replace(one_time, log=log).signed_by(person.keys.signing)
        fits = {"bundle": bundle.encode().hex(), "invitation": invitation.to_text()}
        if number == 18:
            cases.good("bundle with a log of 18 additions", "seal-bundle", **fits)
        elif number == 19:
            cases.bad("bundle with a log of 19 additions", "TooLarge", "seal-bundle", **fits)
    _records(cases, maker)
    return cases


def _certificate(maker: Maker, number: int) -> Certificate:
    signing, dh = ed25519_public(maker.randomness.take(32)), x25519_public(maker.randomness.take(32))
    return Certificate.sign(maker.person.account_seed, number, signing, dh, NOW)


def _bad_bundles(cases: Cases, maker: Maker, one_time: Bundle, last_resort: Bundle) -> None:
    person, other = maker.person, maker.other

    def bad(name: str, error: str, bundle: Bundle, now: int = NOW) -> None:
        signed = bundle.signed_by(person.keys.signing)
        cases.bad(f"bundle {name}", error, "bundle", **maker.claim(signed, now))

    bad("with a one-time key and a last resort", "WrongPrekey", replace(one_time, kem=last_resort.kem))
    bad("with a one-time ML-KEM key alone", "WrongPrekey", replace(one_time, opk=None))
    bad("whose one-time key is a signed prekey", "WrongPrekey", replace(one_time, opk=one_time.spk))
    assert one_time.opk
    bad("whose signed prekey is a one-time key", "WrongPrekey", replace(one_time, spk=one_time.opk))
    bad("without a contact key", "WrongPrekey", replace(one_time, contact=one_time.kem))
    bad("before its time", "CheckYourClock", one_time, NOW - 49)
    bad("after its time", "Expired", one_time, NOW + 30 * DAYS + 49)
    bad("of a device that is not there", "UnknownDevice", replace(one_time, device=2))
    bad("with somebody else's prekey", "BadSignature", replace(one_time, spk=other.spk.public))
    removed = person.log.append(person.account_seed, _certificate(maker, 2), NOW).append(person.account_seed, 1, NOW)
    bad("of a device that was removed", "UnknownDevice", replace(one_time, log=removed))
    # All of it somebody else's, in this invitation's pile: what a relay that knew the link could put there.
    cases.bad("bundle of another account", "WrongAccount", "bundle", **maker.claim(other.bundle()))
    unsigned = replace(one_time, descriptor=other.mailbox)
    cases.bad("bundle with another mailbox", "BadSignature", "bundle", **maker.claim(unsigned))
    no_opk = replace(last_resort, signature=one_time.signature)
    cases.bad("bundle put together by somebody else", "BadSignature", "bundle", **maker.claim(no_opk))


def _records(cases: Cases, maker: Maker) -> None:
    person = maker.person
    record = person.reconnect_record()
    descriptor = person.mailbox.encode().hex()

    def inputs(data: bytes, now: int = NOW) -> Json:
        return {"record": data.hex(), "account": person.account.hex(), "descriptor": descriptor, "now": now}

    data = record.encode()
    cases.good("record", "reconnect-record", **inputs(data))
    cases.altered("record altered", "reconnect-record", "record", inputs(data), places(len(data), 40))
    cases.cut("record cut", "reconnect-record", "record", inputs(data), places(len(data), 150))
    cases.bad("record after its time", "Expired", "reconnect-record", **inputs(data, NOW + 30 * DAYS + 49))
    foreign = maker.other.reconnect_record().encode()
    cases.bad("record of another account", "WrongAccount", "reconnect-record", **inputs(foreign))
    one_time = replace(record, kem=person.kem.public).encode()
    cases.bad("record with a one-time key", "WrongPrekey", "reconnect-record", **inputs(one_time))
    swapped = replace(record, spk=person.opk.public).encode()
    cases.bad("record whose signed prekey is a one-time key", "WrongPrekey", "reconnect-record", **inputs(swapped))
