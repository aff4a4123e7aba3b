"""The handshake, from both sides. PROTOCOL.md §11."""

from dataclasses import dataclass

from .bundle import Target
from .derivation import NO_SALT, derive, derive_hash
from .encoding import opt, u8
from .errors import Refused
from .identity import Address, Certificate, DeviceLog, certificate_of
from .initial import InitialFields
from .links import Descriptor
from .prekey import LAST_RESORT, ONE_TIME, ONE_TIME_KEM, SIGNED, Prekey, PrekeyPair
from .primitives import decapsulate, encapsulate, x25519, x25519_public
from .randomness import Randomness
from .session import Secrets, Session


@dataclass(frozen=True)
class DeviceKeys:
    """The private keys of one device: the seed of DSK, and DIK."""

    address: Address
    signing: bytes
    dh: bytes


@dataclass(frozen=True)
class Responded:
    session: Session
    their_log: DeviceLog
    theirs: Address
    descriptor: Descriptor
    replaces: bytes | None


def _own_certificate(keys: DeviceKeys, log: DeviceLog) -> Certificate:
    certificate = certificate_of(log.verify(keys.address.account), keys.address.device)
    if certificate.dh != x25519_public(keys.dh):
        raise Refused("UnknownDevice")
    return certificate


def _transcript(
    initiator: tuple[DeviceLog, Certificate],
    responder: tuple[bytes, bytes, Certificate],
    prekeys: tuple[Prekey, Prekey | None, Prekey],
    fields: InitialFields,
) -> bytes:
    """th. The responder is given as its account key, its log's head and its certificate."""
    their_log, certificate = initiator
    spk, opk, kem = prekeys
    transcript = (
        u8(1)
        + their_log.account_key
        + their_log.head()
        + certificate.encode()
        + responder[0]
        + responder[1]
        + responder[2].encode()
        + fields.ephemeral
        + spk.encode()
        + opt(opk.encode() if opk else None)
        + kem.encode()
        + fields.ciphertext
        + fields.descriptor.encode()
        + opt(fields.replaces)
    )
    return derive_hash("hs/th", transcript)


def _secrets(legs: list[bytes], th: bytes) -> Secrets:
    derived = derive(b"\xff" * 32 + b"".join(legs), NO_SALT, "hs/sk", th, 96)
    return Secrets(th, derived[:32], derived[32:64], derived[64:])


def initiate(
    keys: DeviceKeys,
    log: DeviceLog,
    target: Target,
    reply: Descriptor,
    replaces: bytes | None,
    hour: int,
    randomness: Randomness,
) -> tuple[Session, InitialFields]:
    """Begins a session with a verified device of another account."""
    ours = _own_certificate(keys, log)
    theirs = target.certificate
    if theirs.address.account == keys.address.account:
        raise Refused("OwnInvitation")
    for prekey in (target.spk, target.kem, target.contact, target.opk):
        if prekey:
            prekey.check_time(hour)
    ephemeral = randomness.take(32)
    shared, ciphertext = encapsulate(target.kem.key, randomness.take(32))
    legs = [
        x25519(keys.dh, theirs.dh),
        x25519(keys.dh, target.spk.key),
        x25519(ephemeral, theirs.dh),
        x25519(ephemeral, target.spk.key),
    ]
    if target.opk:
        legs.append(x25519(ephemeral, target.opk.key))
    legs.append(shared)
    fields = InitialFields(
        log,
        keys.address.device,
        x25519_public(ephemeral),
        target.log.head(),
        target.spk.id,
        target.opk.id if target.opk else None,
        target.kem.kind,
        target.kem.id,
        ciphertext,
        reply,
        replaces,
    )
    responder = (target.log.account_key, target.log.head(), theirs)
    th = _transcript((log, ours), responder, (target.spk, target.opk, target.kem), fields)
    peer = (target.spk.key, target.kem.key)
    session = Session.start_initiator(_secrets(legs, th), keys.address, theirs.address, peer, randomness)
    return session, fields


def _check_pairs(fields: InitialFields, spk: PrekeyPair, opk: PrekeyPair | None, kem: PrekeyPair) -> None:
    """The pairs are those that the fields name, of kinds that go together."""
    due_kind = ONE_TIME_KEM if opk else LAST_RESORT
    opk_due = (ONE_TIME, fields.opk_id) if opk else None
    named = [(SIGNED, fields.spk_id), (due_kind, fields.kem_id)]
    given = [(spk.public.kind, spk.public.id), (kem.public.kind, kem.public.id)]
    opk_given = (opk.public.kind, opk.public.id) if opk else None
    opk_named_rightly = (fields.opk_id is None) == (opk is None)
    if named != given or fields.kem_kind != due_kind or opk_due != opk_given or not opk_named_rightly:
        raise Refused("WrongPrekey")


def respond(
    keys: DeviceKeys,
    log: DeviceLog,
    fields: InitialFields,
    spk: PrekeyPair,
    opk: PrekeyPair | None,
    kem: PrekeyPair,
) -> Responded:
    """Answers a handshake; it counts once the ratchet message with it has opened."""
    _check_pairs(fields, spk, opk, kem)
    ours = _own_certificate(keys, log)
    their_account = fields.log.account()
    if their_account == keys.address.account:
        raise Refused("OwnInvitation")
    if fields.responder_head not in log.heads():
        raise Refused("InvalidDeviceLog")
    theirs = certificate_of(fields.log.verify(their_account), fields.device)
    legs = [
        x25519(keys.dh, theirs.dh),
        x25519(spk.secret, theirs.dh),
        x25519(keys.dh, fields.ephemeral),
        x25519(spk.secret, fields.ephemeral),
    ]
    if opk:
        legs.append(x25519(opk.secret, fields.ephemeral))
    legs.append(decapsulate(kem.secret, fields.ciphertext))
    responder = (log.account_key, fields.responder_head, ours)
    prekeys = (spk.public, opk.public if opk else None, kem.public)
    th = _transcript((fields.log, theirs), responder, prekeys, fields)
    session = Session.start_responder(_secrets(legs, th), keys.address, theirs.address, spk.secret, kem.secret)
    return Responded(session, fields.log, theirs.address, fields.descriptor, fields.replaces)
