"""Operations on addresses, descriptors, links and safety numbers. PROTOCOL.md §4.4, §6, §20."""

from typing import Any

from ..encoding import read_whole
from ..invitation import Invitation
from ..links import Descriptor, RelayLink, check_address
from ..safety import safety_number, verify_scan
from .derivation import of

Json = dict[str, Any]


def address(inputs: Json) -> Json:
    (text,) = of(inputs, "text")
    return {"text": check_address(text).decode()}


def descriptor(inputs: Json) -> Json:
    (data,) = of(inputs, "bytes")
    found = read_whole(data, Descriptor.read)
    return {
        "address": found.address.decode(),
        "root": found.root.hex(),
        "mailbox": found.mailbox.hex(),
        "write": found.write.hex(),
        "bytes": found.encode().hex(),
    }


def relay_link(inputs: Json) -> Json:
    link = RelayLink.parse(inputs["text"])
    code = link.join_code.hex() if link.join_code else None
    return {"address": link.address.decode(), "root": link.root.hex(), "join_code": code}


def invitation(inputs: Json) -> Json:
    link = Invitation.parse(inputs["text"])
    link.check_foreign(bytes.fromhex(inputs["reader"]))
    return {
        "address": link.address.decode(),
        "root": link.root.hex(),
        "account": link.account.hex(),
        "secret": link.secret.hex(),
        "claim_key": link.claim_key().hex(),
        "seal_key": link.seal_key().hex(),
        "pile_id": link.pile_id().hex(),
        "text": link.to_text(),
    }


def run_safety_number(inputs: Json) -> Json:
    digits, qr = safety_number(*of(inputs, "ours", "theirs"))
    return {"digits": digits, "qr": qr}


def run_scan(inputs: Json) -> Json:
    ours, theirs = of(inputs, "ours", "theirs")
    verify_scan(ours, theirs, inputs["scanned"])
    return {}


OPERATIONS = {
    "address": address,
    "descriptor": descriptor,
    "relay-link": relay_link,
    "invitation": invitation,
    "safety-number": run_safety_number,
    "scan": run_scan,
}
