"""A device of the reference, as far as a talk needs one. PROTOCOL.md §12, §16-§19."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .. import prekey
from ..bundle import Bundle, ReconnectRecord, Target
from ..content import (
    INTRODUCTION,
    RECEIPT,
    RECONNECT,
    TEXT,
    Damaged,
    Frame,
    Introduction,
    Profile,
    Receipt,
    Reconnect,
    Text,
)
from ..errors import CannotDecrypt, Malformed, Refused
from ..handshake import initiate, respond
from ..identity import DeviceLog
from ..initial import InitialFields, open_initial, seal_initial
from ..invitation import Invitation
from ..limits import MAX_INITIAL_ENVELOPES
from ..links import Descriptor
from ..people import Person, draw_mailbox
from ..prekey import PrekeyPair
from ..primitives import sha256
from ..randomness import Randomness, Seeded
from ..safety import safety_number, verify_scan
from ..session import Session

Json = dict[str, Any]


@dataclass
class Beginning:
    """What each envelope repeats until the peer has answered."""

    fields: InitialFields
    contact_key: bytes
    to: Descriptor


@dataclass
class Contact:
    """Another account's device, with our sessions, the one that sends first."""

    log: DeviceLog
    sessions: list[Session] = field(default_factory=list)
    beginning: Beginning | None = None
    beginning_count: int = 0
    descriptor: Descriptor | None = None
    record: ReconnectRecord | None = None
    our_mailbox: Descriptor | None = None
    sent: int = 0
    received: set[int] = field(default_factory=set)

    def seen_up_to(self) -> int:
        seen = 0
        while seen + 1 in self.received:
            seen += 1
        return seen

    def ranges_above(self) -> tuple[tuple[int, int], ...]:
        ranges: list[tuple[int, int]] = []
        for counter in sorted(c for c in self.received if c > self.seen_up_to()):
            if ranges and ranges[-1][1] + 1 == counter:
                ranges[-1] = (ranges[-1][0], counter)
            else:
                ranges.append((counter, counter))
        return tuple(ranges[:16])


class Device:
    """Answers commands, as `tacita-peer` does for the core."""

    def __init__(self) -> None:
        self._randomness: Randomness = Seeded("")
        self._hour = 0
        self._name = ""
        self._contacts: dict[bytes, Contact] = {}
        self._one_time: dict[tuple[int, int], PrekeyPair] = {}
        self._initials: dict[bytes, tuple[bytes, Session, bytes]] = {}

    def ask(self, command: str, inputs: Mapping[str, Any] = {}) -> Json:
        answers = {
            "create": self._create,
            "invite": self._invite,
            "accept": self._accept,
            "again": self._again,
            "send": self._send,
            "receive": self._receive,
            "safety": self._safety,
            "scan": self._scan,
            "session": self._session,
        }
        return answers[command](dict(inputs))

    def _create(self, inputs: Json) -> Json:
        self._randomness = Seeded(inputs["seed"])
        self._hour, self._name = inputs["hour"], inputs["name"]
        self._me = Person.draw(self._hour, self._randomness)
        return {"account": self._me.account.hex(), "account_key": self._me.log.account_key.hex()}

    def _invite(self, inputs: Json) -> Json:
        me, entries = self._me, []
        for number in range(inputs["entries"]):
            opk, kem = self._one_time_pair(prekey.ONE_TIME, number), self._one_time_pair(prekey.ONE_TIME_KEM, number)
            bundle = replace(me.bundle(), opk=opk.public, kem=kem.public)
            entries.append(self._sealed(bundle.signed_by(me.keys.signing)))
        return {
            "link": me.invitation.to_text(),
            "entries": entries,
            "last_resort": self._sealed(me.bundle(last_resort=True)),
            "mailbox": me.mailbox.mailbox.hex(),
        }

    def _one_time_pair(self, kind: int, number: int) -> PrekeyPair:
        keys = self._me.keys
        pair = prekey.generate(kind, 1000 + number, self._hour, keys.signing, keys.address, self._randomness)
        self._one_time[(kind, pair.public.id)] = pair
        return pair

    def _sealed(self, bundle: Bundle) -> str:
        return bundle.seal(self._me.invitation, self._randomness.take(24)).hex()

    def _accept(self, inputs: Json) -> Json:
        invitation = Invitation.parse(inputs["link"])
        invitation.check_foreign(self._me.account)
        bundle = Bundle.open(bytes.fromhex(inputs["entry"]), invitation)
        target = bundle.verify(invitation.account, self._hour)
        contact = Contact(target.log, our_mailbox=draw_mailbox(self._randomness))
        self._contacts[invitation.account] = contact
        self._begin(contact, target, None)
        return {"peer": invitation.account.hex()}

    def _again(self, inputs: Json) -> Json:
        """Begins anew by the contact's reconnect record, as after a lost session."""
        contact = self._contacts[bytes.fromhex(inputs["peer"])]
        assert contact.record and contact.descriptor
        target = contact.record.verify(contact.log.account(), self._hour, contact.descriptor)
        replaced = contact.sessions[0].state.th
        self._begin(contact, target, replaced)
        return {}

    def _begin(self, contact: Contact, target: Target, replaces: bytes | None) -> None:
        me = self._me
        assert contact.our_mailbox
        session, fields = initiate(me.keys, me.log, target, contact.our_mailbox, replaces, self._hour, self._randomness)
        contact.sessions.insert(0, session)
        contact.beginning = Beginning(fields, target.contact.key, target.descriptor)
        contact.beginning_count = 0

    # Talking

    def _send(self, inputs: Json) -> Json:
        contact = self._contacts[bytes.fromhex(inputs["peer"])]
        kind, body = self._content(contact, inputs)
        counter = 0 if kind == RECEIPT else contact.sent + 1
        frame = Frame(counter, contact.seen_up_to(), kind, body)
        session, beginning = contact.sessions[0], contact.beginning
        if beginning:
            if contact.beginning_count == MAX_INITIAL_ENVELOPES:
                raise Refused("TooLarge")
            contact.beginning_count += 1
            message = session.seal_bare(frame, self._randomness)
            mailbox = beginning.to.mailbox
            envelope = seal_initial(beginning.fields, message, beginning.contact_key, mailbox, self._randomness)
        else:
            assert contact.descriptor
            mailbox = contact.descriptor.mailbox
            envelope = session.seal_envelope(frame, self._randomness)
        contact.sent = max(contact.sent, counter)
        return {"mailbox": mailbox.hex(), "envelope": envelope.hex(), "initial": beginning is not None}

    def _content(self, contact: Contact, inputs: Json) -> tuple[int, bytes]:
        match inputs["content"]:
            case "text":
                return TEXT, Text(1_764_000_000_000, inputs["text"]).encode()
            case "receipt":
                return RECEIPT, Receipt(contact.ranges_above()).encode()
            case "introduction" | "reconnect" as content:
                if contact.our_mailbox is None:
                    contact.our_mailbox = draw_mailbox(self._randomness)
                record = self._me.reconnect_record()
                if content == "reconnect":
                    return RECONNECT, Reconnect(contact.our_mailbox, record).encode()
                return INTRODUCTION, Introduction(self._name, contact.our_mailbox, record).encode()
            case other:
                raise ValueError(other)

    def _receive(self, inputs: Json) -> Json:
        mailbox, envelope = bytes.fromhex(inputs["mailbox"]), bytes.fromhex(inputs["envelope"])
        for account, contact in self._contacts.items():
            if contact.our_mailbox and contact.our_mailbox.mailbox == mailbox:
                for session in contact.sessions:
                    try:
                        frame = session.open_envelope(envelope, self._randomness)
                    except CannotDecrypt:
                        continue
                    return self._take(account, session, frame)
                try:
                    return self._receive_initial(mailbox, envelope)
                except Malformed:
                    # No initial envelope either.
                    raise CannotDecrypt from None
        return self._receive_initial(mailbox, envelope)

    def _receive_initial(self, mailbox: bytes, envelope: bytes) -> Json:
        fields, message = open_initial(envelope, self._me.contact.secret, mailbox)
        account, fields_hash = fields.log.account(), sha256(fields.encode())
        known = self._initials.get(fields.initial_id())
        if known:
            if known[0] != fields_hash:
                raise CannotDecrypt
            return self._take(known[2], known[1], known[1].open_bare(message, self._randomness))
        opk = self._own(prekey.ONE_TIME, fields.opk_id) if fields.opk_id is not None else None
        kem = self._own(fields.kem_kind, fields.kem_id)
        spk = self._own(prekey.SIGNED, fields.spk_id)
        responded = respond(self._me.keys, self._me.log, fields, spk, opk, kem)
        session = responded.session
        frame = session.open_bare(message, self._randomness)
        # It has opened: from here on it counts.
        contact = self._contacts.setdefault(account, Contact(responded.their_log))
        responded.their_log.check_extends(contact.log)
        contact.log, contact.descriptor = responded.their_log, responded.descriptor
        contact.sessions.insert(0, session)
        self._initials[fields.initial_id()] = (fields_hash, session, account)
        for kind, number in ((prekey.ONE_TIME, fields.opk_id), (prekey.ONE_TIME_KEM, fields.kem_id)):
            if number is not None:
                self._one_time.pop((kind, number), None)
        return self._take(account, session, frame)

    def _own(self, kind: int, number: int) -> PrekeyPair:
        me = self._me
        kept = {(pair.public.kind, pair.public.id): pair for pair in (me.spk, me.last_resort)} | self._one_time
        if (kind, number) not in kept:
            raise CannotDecrypt
        return kept[(kind, number)]

    def _take(self, account: bytes, session: Session, frame: Frame) -> Json:
        contact = self._contacts[account]
        if frame.counter:
            contact.received.add(frame.counter)
        answer: Json = {
            "peer": account.hex(),
            "counter": frame.counter,
            "seen_up_to": frame.seen_up_to,
            "kind": frame.kind,
        }
        match frame.content():
            case Introduction(name, descriptor, record):
                answer["name"] = name
                contact.descriptor, contact.record = descriptor, record
            case Reconnect(descriptor, record):
                contact.descriptor, contact.record = descriptor, record
            case Text(_, text):
                answer["text"] = text
            case Receipt(ranges):
                answer["ranges"] = [list(pair) for pair in ranges]
            case Profile(_, name, _):
                answer["name"] = name
            case Damaged():
                answer["damaged"] = True
        if contact.descriptor and session is contact.sessions[0]:
            contact.beginning = None
        return answer

    # Looking

    def _keys(self, inputs: Json) -> tuple[bytes, bytes]:
        contact = self._contacts[bytes.fromhex(inputs["peer"])]
        return self._me.log.account_key, contact.log.account_key

    def _safety(self, inputs: Json) -> Json:
        digits, qr = safety_number(*self._keys(inputs))
        return {"digits": digits, "qr": qr}

    def _scan(self, inputs: Json) -> Json:
        verify_scan(*self._keys(inputs), inputs["scanned"])
        return {}

    def _session(self, inputs: Json) -> Json:
        sessions = self._contacts[bytes.fromhex(inputs["peer"])].sessions
        return {
            "th": sessions[0].state.th.hex(),
            "count": len(sessions),
            "skipped": sum(len(session.skipped) for session in sessions),
        }
