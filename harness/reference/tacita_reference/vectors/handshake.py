"""Handshakes from both sides, and the initial envelopes that carry them."""

from dataclasses import dataclass, replace

from .. import xwing
from ..bundle import Bundle, Target
from ..content import TEXT, Frame, Text
from ..derivation import lx
from ..encoding import lengthed
from ..handshake import initiate
from ..identity import Certificate, DeviceLog
from ..initial import OVERHEAD, InitialFields, seal_initial
from ..limits import MIN_INITIAL
from ..padding import pad
from ..people import Person, draw_mailbox
from ..prekey import Prekey, PrekeyPair
from ..primitives import ed25519_public, kem_expanded, x25519_public
from ..randomness import Seeded
from ..session import Session
from .case import Cases, Json, places

NOW = 490_000
SMALL_ORDER = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


def pair_inputs(pair: PrekeyPair | None) -> Json | None:
    if pair is None:
        return None
    inputs = {"public": pair.public.encode().hex(), "secret": pair.secret.hex()}
    if len(pair.secret) == 64:
        inputs["expanded"] = kem_expanded(pair.secret).hex()
    return inputs


def keys_inputs(person: Person) -> Json:
    keys = person.keys
    return {
        "account": keys.address.account.hex(),
        "device": keys.address.device,
        "signing": keys.signing.hex(),
        "dh": keys.dh.hex(),
    }


@dataclass
class Meeting:
    """Alice begins with Bob; all that both have."""

    randomness: Seeded
    alice: Person
    bob: Person
    target: Target
    session: Session
    fields: InitialFields
    is_last_resort: bool

    @classmethod
    def hold(cls, seed: str, last_resort: bool = False, replaces: bytes | None = None) -> "Meeting":
        randomness = Seeded(seed)
        alice, bob = Person.draw(NOW, randomness), Person.draw(NOW, randomness)
        entry = bob.bundle(last_resort).seal(bob.invitation, randomness.take(24))
        target = Bundle.open(entry, bob.invitation).verify(bob.account, NOW)
        reply = draw_mailbox(randomness)
        session, fields = initiate(alice.keys, alice.log, target, reply, replaces, NOW, randomness)
        return cls(randomness, alice, bob, target, session, fields, last_resort)

    def first_message(self, text: str = "hello") -> bytes:
        frame = Frame(1, 0, TEXT, Text(1_764_000_000_000, text).encode())
        return self.session.seal_bare(frame, self.randomness)

    def respond_inputs(self) -> Json:
        bob = self.bob
        opk, kem = (None, bob.last_resort) if self.is_last_resort else (bob.opk, bob.kem)
        return {
            "keys": keys_inputs(bob),
            "log": bob.log.encode().hex(),
            "fields": self.fields.encode().hex(),
            "spk": pair_inputs(bob.spk),
            "opk": pair_inputs(opk),
            "kem": pair_inputs(kem),
        }


def build_handshakes() -> Cases:
    cases = Cases("11")
    one_time = Meeting.hold("vectors/handshake/one-time")
    last_resort = Meeting.hold("vectors/handshake/last-resort", last_resort=True)
    replacing = Meeting.hold("vectors/handshake/replacing", replaces=b"\x77" * 32)
    for name, meeting in (
        ("with all legs", one_time),
        ("without one-time keys", last_resort),
        ("that replaces a session", replacing),
    ):
        inputs = meeting.respond_inputs()
        outputs = cases.good(f"answer {name}", "respond", **inputs)
        if outputs["state"]["th"] != meeting.session.state.th.hex():
            raise ValueError("both sides come to another transcript")
    _altered_fields(cases, one_time)
    _refused_answers(cases, one_time, last_resort)
    _begun(cases, one_time)
    return cases


def _altered_fields(cases: Cases, meeting: Meeting) -> None:
    """What is altered in the fields is refused, or gives another session than the initiator's."""
    inputs = meeting.respond_inputs()
    fields = meeting.fields
    data = fields.encode()
    cases.cut("answer to fields that are cut", "respond", "fields", inputs, places(len(data), 60))
    log_bytes = len(fields.log.encode())
    in_log = places(log_bytes + 4, 13)
    cases.altered("answer to an altered log or device", "respond", "fields", inputs, in_log)
    seen = {meeting.session.state.th.hex()}
    for name, changed in (
        ("another ephemeral key", replace(fields, ephemeral=x25519_public(b"\x05" * 32))),
        ("another ciphertext", replace(fields, ciphertext=bytes([fields.ciphertext[0] ^ 1]) + fields.ciphertext[1:])),
        ("another mailbox", replace(fields, descriptor=meeting.bob.mailbox)),
        ("a replaced session", replace(fields, replaces=bytes(32))),
    ):
        outputs = cases.good(f"answer to fields with {name}", "respond", **{**inputs, "fields": changed.encode().hex()})
        th = outputs["state"]["th"]
        if th in seen:
            raise ValueError(f"{name} is not in the transcript")
        seen.add(th)


def _refused_answers(cases: Cases, one_time: Meeting, last_resort: Meeting) -> None:
    inputs, fields = one_time.respond_inputs(), one_time.fields
    bob = one_time.bob

    def bad(name: str, error: str, **changes: object) -> None:
        cases.bad(f"answer {name}", error, "respond", **{**inputs, **changes})

    def with_fields(**changes: object) -> str:
        return replace(fields, **changes).encode().hex()  # type: ignore[arg-type]

    bad("with another signed prekey", "WrongPrekey", fields=with_fields(spk_id=99))
    bad("with another one-time key", "WrongPrekey", fields=with_fields(opk_id=99))
    bad("with another ML-KEM key", "WrongPrekey", fields=with_fields(kem_id=99))
    bad("with a one-time key that is not named", "WrongPrekey", fields=with_fields(opk_id=None))
    bad("without the one-time key that is named", "WrongPrekey", opk=None)
    bad("with the last resort beside a one-time key", "WrongPrekey", kem=pair_inputs(bob.last_resort))
    both = with_fields(kem_kind=4, kem_id=bob.last_resort.public.id)
    bad("to a mix of last resort and one-time key", "WrongPrekey", fields=both, kem=pair_inputs(bob.last_resort))
    alone = with_fields(opk_id=None)
    bad("to a one-time ML-KEM key alone", "WrongPrekey", fields=alone, opk=None)
    swapped = pair_inputs(PrekeyPair(bob.opk.public, bob.opk.secret))
    bad(
        "with a one-time key as signed prekey", "WrongPrekey", spk=swapped, fields=with_fields(spk_id=bob.opk.public.id)
    )
    bad("to a head that was never there", "InvalidDeviceLog", fields=with_fields(responder_head=b"\x01" * 32))
    bad("to a head of zeros", "InvalidDeviceLog", fields=with_fields(responder_head=bytes(32)))
    bad("to a device that is not there", "UnknownDevice", fields=with_fields(device=2))
    bad("to a small ephemeral key", "WeakKey", fields=with_fields(ephemeral=SMALL_ORDER))
    bad("to an ephemeral key of zeros", "WeakKey", fields=with_fields(ephemeral=bytes(32)))
    bad("to an ephemeral key over p", "Malformed", fields=with_fields(ephemeral=b"\xff" * 31 + b"\x7f"))
    bad("to a kind that is no ML-KEM key", "Malformed", fields=with_fields(kem_kind=1))
    bad("to fields with more behind", "Malformed", fields=fields.encode().hex() + "00")
    own = with_fields(log=bob.log)
    bad("to the own account", "OwnInvitation", fields=own)
    other_keys = {**keys_inputs(bob), "dh": "05" * 32}
    bad("with keys that are not the log's", "UnknownDevice", keys=other_keys)
    longer = bob.log.append(bob.account_seed, _second(bob), NOW)
    cases.good("answer with a log that has grown", "respond", **{**inputs, "log": longer.encode().hex()})
    last = last_resort.respond_inputs()
    cases.bad("answer without one-time keys, one named", "WrongPrekey", "respond", **{**last, "opk": inputs["opk"]})
    weak_log = _log_with_small_key(one_time.alice)
    bad("to a device key of small order", "WeakKey", fields=with_fields(log=weak_log))


def _second(person: Person) -> Certificate:
    return Certificate.sign(person.account_seed, 2, ed25519_public(b"\x02" * 32), x25519_public(b"\x02" * 32), NOW)


def _log_with_small_key(person: Person) -> DeviceLog:
    signing = person.log.verify(person.account)[1].signing
    certificate = Certificate.sign(person.account_seed, 1, signing, SMALL_ORDER, NOW)
    return DeviceLog(person.log.account_key, ()).append(person.account_seed, certificate, NOW)


def _begun(cases: Cases, meeting: Meeting) -> None:
    alice, bob = meeting.alice, meeting.bob
    target = {
        "entry": bob.bundle().seal(bob.invitation, bytes(24)).hex(),
        "invitation": bob.invitation.to_text(),
        "now": NOW,
    }
    inputs: Json = {
        "keys": keys_inputs(alice),
        "log": alice.log.encode().hex(),
        "target": target,
        "reply": meeting.fields.descriptor.encode().hex(),
        "replaces": None,
        "hour": NOW,
    }
    cases.good("beginning with a one-time bundle", "initiate", **inputs)
    last = {**target, "entry": bob.bundle(True).seal(bob.invitation, bytes(24)).hex()}
    cases.good("beginning with a last resort", "initiate", **{**inputs, "target": last})
    record = {
        "record": bob.reconnect_record().encode().hex(),
        "account": bob.account.hex(),
        "descriptor": bob.mailbox.encode().hex(),
        "now": NOW,
    }
    cases.good("beginning again with a record", "initiate", **{**inputs, "target": record, "replaces": "07" * 32})
    cases.bad("beginning before its time", "CheckYourClock", "initiate", **{**inputs, "hour": NOW - 49})
    cases.bad("beginning after its time", "Expired", "initiate", **{**inputs, "hour": NOW + 720 + 49})
    own = {**inputs, "keys": keys_inputs(bob), "log": bob.log.encode().hex()}
    cases.bad("beginning with the own account", "OwnInvitation", "initiate", **own)
    second = {**inputs, "keys": {**keys_inputs(alice), "device": 2}}
    cases.bad("beginning from a device that is not there", "UnknownDevice", "initiate", **second)
    weak = Prekey.sign(bob.keys.signing, bob.keys.address, 1, 11, (NOW, NOW + 720), SMALL_ORDER)
    bundle = replace(bob.bundle(), spk=weak).signed_by(bob.keys.signing)
    entry = bundle.seal(bob.invitation, bytes(24)).hex()
    weak_inputs = {**inputs, "target": {**target, "entry": entry}}
    cases.bad("beginning with a small signed prekey", "WeakKey", "initiate", **weak_inputs)


def build_initials() -> Cases:
    cases = Cases("12")
    meeting = Meeting.hold("vectors/initial")
    bob, mailbox = meeting.bob, meeting.bob.mailbox.mailbox
    contact = meeting.target.contact.key

    def inputs(envelope: bytes) -> Json:
        return {"envelope": envelope.hex(), "secret": bob.contact.secret.hex(), "mailbox": mailbox.hex()}

    def sealed(message: bytes) -> bytes:
        return seal_initial(meeting.fields, message, contact, mailbox, meeting.randomness)

    message = meeting.first_message()
    envelope = sealed(message)
    first = cases.good("initial envelope", "initial", **inputs(envelope))
    again = cases.good("initial envelope, the next one", "initial", **inputs(sealed(meeting.first_message("again"))))
    assert first["initial_id"] == again["initial_id"] and first["fields"] == again["fields"]
    room = 8192 - OVERHEAD - len(meeting.fields.encode()) - 5
    full = cases.good("initial envelope that is full", "initial", **inputs(sealed(b"\x01" * room)))
    assert len(full["message"]) == 2 * room
    larger = sealed(b"\x01" * (room + 1))
    assert len(larger) == 16384
    cases.good("initial envelope of the next size", "initial", **inputs(larger))
    cases.altered("initial envelope altered", "initial", "envelope", inputs(envelope), places(8192, 500))
    cases.cut("initial envelope cut", "initial", "envelope", inputs(envelope), [0, 1, 4096, 8191])
    wrong = {**inputs(envelope), "mailbox": "00" * 32}
    cases.bad("initial envelope for another mailbox", "CannotDecrypt", "initial", **wrong)
    wrong = {**inputs(envelope), "secret": meeting.alice.contact.secret.hex()}
    cases.bad("initial envelope for another key", "CannotDecrypt", "initial", **wrong)
    newer = b"\x02" + envelope[1:]
    cases.bad("initial envelope of another suite", "UnknownVersion", "initial", **inputs(newer))
    cases.bad("initial envelope that is too long", "Malformed", "initial", **inputs(envelope + b"\0"))

    def raw(content: bytes, size: int = MIN_INITIAL, aad: bytes = b"\x01") -> Json:
        info = lx("env/init", mailbox, 0)
        return inputs(b"\x01" + xwing.seal(contact, info, aad, content, meeting.randomness.take(64)))

    content = meeting.fields.encode() + lengthed(message)
    padded = pad(content, MIN_INITIAL - OVERHEAD)
    cases.bad("initial envelope sealed with other data", "CannotDecrypt", "initial", **raw(padded, aad=b""))
    cases.bad("initial envelope without padding", "Malformed", "initial", **raw(bytes(MIN_INITIAL - OVERHEAD)))
    more = pad(content + b"\0", MIN_INITIAL - OVERHEAD)
    cases.bad("initial envelope with more behind", "Malformed", "initial", **raw(more))
    small = pad(b"", 4096 - OVERHEAD)
    cases.bad("initial envelope of 4,096 bytes", "Malformed", "initial", **raw(small))
    cases.good("fields", "initial-fields", fields=meeting.fields.encode().hex())
    without = replace(meeting.fields, opk_id=None, kem_kind=4, replaces=b"\x07" * 32)
    cases.good("fields without a one-time key, replacing", "initial-fields", fields=without.encode().hex())
    return cases
