"""Operations on prekeys, bundles, records, handshakes and initial envelopes. PROTOCOL.md §10-§12, §19."""

from typing import Any

from ..bundle import Bundle, ReconnectRecord, Target
from ..encoding import read_whole
from ..handshake import DeviceKeys, initiate, respond
from ..identity import Address, DeviceLog, certificate_of
from ..initial import InitialFields, open_initial
from ..invitation import Invitation
from ..links import Descriptor
from ..prekey import Prekey, PrekeyPair
from ..randomness import Seeded
from . import state
from .derivation import of

Json = dict[str, Any]


def prekey(inputs: Json) -> Json:
    data, log_bytes, account = of(inputs, "prekey", "log", "account")
    found = read_whole(data, Prekey.read)
    log = read_whole(log_bytes, DeviceLog.read)
    found.verify(inputs["kind"], certificate_of(log.verify(account), inputs["device"]), inputs["now"])
    return {"id": found.id, "not_before": found.not_before, "not_after": found.not_after, "key": found.key.hex()}


def _described(target: Target) -> Json:
    return {
        "account": target.certificate.address.account.hex(),
        "device": target.certificate.address.device,
        "log_head": target.log.head().hex(),
        "spk": target.spk.encode().hex(),
        "opk": target.opk.encode().hex() if target.opk else None,
        "kem": target.kem.encode().hex(),
        "contact": target.contact.encode().hex(),
        "descriptor": target.descriptor.encode().hex(),
    }


def _claimed(inputs: Json) -> Target:
    (entry,) = of(inputs, "entry")
    invitation = Invitation.parse(inputs["invitation"])
    return Bundle.open(entry, invitation).verify(invitation.account, inputs["now"])


def bundle(inputs: Json) -> Json:
    return _described(_claimed(inputs))


def seal_bundle(inputs: Json) -> Json:
    """Whether a bundle fits into an entry, and opens again."""
    (data,) = of(inputs, "bundle")
    invitation = Invitation.parse(inputs["invitation"])
    entry = read_whole(data, Bundle.read).seal(invitation, bytes(24))
    return {"length": len(entry), "opens": Bundle.open(entry, invitation).encode() == data}


def _record(inputs: Json) -> Target:
    record, account, descriptor = of(inputs, "record", "account", "descriptor")
    found = read_whole(record, ReconnectRecord.read)
    return found.verify(account, inputs["now"], read_whole(descriptor, Descriptor.read))


def reconnect_record(inputs: Json) -> Json:
    return _described(_record(inputs))


def _keys(inputs: Json) -> DeviceKeys:
    account, signing, dh = of(inputs, "account", "signing", "dh")
    return DeviceKeys(Address(account, inputs["device"]), signing, dh)


def _pair(inputs: Json | None) -> PrekeyPair | None:
    if inputs is None:
        return None
    public, secret = of(inputs, "public", "secret")
    return PrekeyPair(read_whole(public, Prekey.read), secret)


def run_initiate(inputs: Json) -> Json:
    """What of an initiator's fields does not depend on its randomness."""
    log, reply = of(inputs, "log", "reply")
    replaces = inputs["replaces"]
    target = _claimed(inputs["target"]) if "entry" in inputs["target"] else _record(inputs["target"])
    _, fields = initiate(
        _keys(inputs["keys"]),
        read_whole(log, DeviceLog.read),
        target,
        read_whole(reply, Descriptor.read),
        bytes.fromhex(replaces) if replaces else None,
        inputs["hour"],
        Seeded("initiate"),
    )
    return {
        "device": fields.device,
        "responder_head": fields.responder_head.hex(),
        "spk_id": fields.spk_id,
        "opk_id": fields.opk_id,
        "kem_kind": fields.kem_kind,
        "kem_id": fields.kem_id,
        "descriptor": fields.descriptor.encode().hex(),
        "replaces": fields.replaces.hex() if fields.replaces else None,
    }


def run_respond(inputs: Json) -> Json:
    log, data = of(inputs, "log", "fields")
    fields = read_whole(data, InitialFields.read)
    spk, kem = _pair(inputs["spk"]), _pair(inputs["kem"])
    assert spk and kem
    opk = _pair(inputs["opk"])
    responded = respond(_keys(inputs["keys"]), read_whole(log, DeviceLog.read), fields, spk, opk, kem)
    described = state.describe(responded.session.state)
    # The prekey's secret, in whatever form it is kept.
    del described["kem"], described["kem_expanded"]
    return {
        "initial_id": fields.initial_id().hex(),
        "descriptor": responded.descriptor.encode().hex(),
        "replaces": responded.replaces.hex() if responded.replaces else None,
        "state": described,
    }


def initial(inputs: Json) -> Json:
    envelope, secret, mailbox = of(inputs, "envelope", "secret", "mailbox")
    fields, message = open_initial(envelope, secret, mailbox)
    return {
        "initial_id": fields.initial_id().hex(),
        "fields": fields.encode().hex(),
        "message": message.hex(),
    }


def initial_fields(inputs: Json) -> Json:
    (data,) = of(inputs, "fields")
    return {"initial_id": read_whole(data, InitialFields.read).initial_id().hex()}


OPERATIONS = {
    "prekey": prekey,
    "bundle": bundle,
    "seal-bundle": seal_bundle,
    "reconnect-record": reconnect_record,
    "initiate": run_initiate,
    "respond": run_respond,
    "initial": initial,
    "initial-fields": initial_fields,
}
