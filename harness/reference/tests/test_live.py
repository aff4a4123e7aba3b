"""Two devices talk: the reference with itself, and with the core in both directions."""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tacita_reference.errors import Refused
from tacita_reference.peer import Peer
from tacita_reference.peer.device import Device
from tacita_reference.peer.process import Process

HOUR = 490_000
PAIRS = ["reference to reference", "reference to core", "core to reference", "core to core"]
Json = dict[str, Any]


@pytest.fixture(params=PAIRS)
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Peer, Peer]]:
    """A guest and an inviter, each with an account."""
    with ExitStack() as stack:

        def start(kind: str, name: str) -> Peer:
            program = os.environ.get("TACITA_PEER")
            assert program, "TACITA_PEER names no program: run `cargo xtask reference`"
            peer: Peer = stack.enter_context(Process(program)) if kind == "core" else Device()
            seed = f"{request.node.name} {name}".encode().hex()
            peer.ask("create", {"seed": seed, "hour": HOUR, "name": name})
            return peer

        guest, inviter = request.param.split(" to ")
        yield start(guest, "Guest"), start(inviter, "Inviter")


class Talk:
    """A guest who has accepted, and its inviter."""

    def __init__(self, ends: tuple[Peer, Peer], entry: str) -> None:
        self.guest, self.inviter = ends
        made = self.inviter.ask("invite", {"entries": 1 if entry == "personal" else 3})
        bundle = made["last_resort"] if entry == "last resort" else made["entries"][-1]
        self.inviter_id = self.guest.ask("accept", {"link": made["link"], "entry": bundle})["peer"]
        self.contact_mailbox = made["mailbox"]
        first = self.send(self.guest, content="introduction")
        assert first["initial"] and first["mailbox"] == self.contact_mailbox
        came = self.inviter.ask("receive", first)
        assert came["name"] == "Guest" and came["counter"] == 1
        self.guest_id = came["peer"]
        self.first = first

    def send(self, sender: Peer, **content: Any) -> Json:
        peer = self.inviter_id if sender is self.guest else self.guest_id
        return sender.ask("send", {"peer": peer, **content})

    def other(self, sender: Peer) -> Peer:
        return self.inviter if sender is self.guest else self.guest

    def say(self, sender: Peer, text: str) -> Json:
        sent = self.send(sender, content="text", text=text)
        came = self.other(sender).ask("receive", sent)
        assert came["text"] == text
        return sent

    def answer(self) -> None:
        """The inviter's introduction: from here on envelopes are ordinary ones."""
        sent = self.send(self.inviter, content="introduction")
        assert not sent["initial"]
        assert self.guest.ask("receive", sent)["name"] == "Inviter"

    def refuse(self, receiver: Peer, sent: Json) -> None:
        with pytest.raises(Refused, match="CannotDecrypt"):
            receiver.ask("receive", sent)


@pytest.mark.parametrize("entry", ["personal", "public", "last resort"])
def test_a_talk_of_several_turns(ends: tuple[Peer, Peer], entry: str) -> None:
    talk = Talk(ends, entry)
    for n in range(3):
        # No answer yet: the same fields again, in an envelope of its own.
        assert talk.say(talk.guest, f"before an answer {n}")["initial"]
    talk.answer()
    for turn in range(4):
        for sender in (talk.guest, talk.inviter):
            for n in range(turn % 3 + 1):
                sent = talk.say(sender, f"turn {turn}, {n}, é 🌍")
                assert not sent["initial"] and len(sent["envelope"]) == 8192
    long = talk.say(talk.inviter, "x" * 16384)
    assert len(long["envelope"]) == 2 * 32768
    assert (
        talk.guest.ask("session", {"peer": talk.inviter_id})["th"]
        == (talk.inviter.ask("session", {"peer": talk.guest_id})["th"])
    )


def test_messages_skipped_and_in_other_orders(ends: tuple[Peer, Peer]) -> None:
    talk = Talk(ends, "personal")
    chance = random.Random(talk.guest_id)
    waiting: list[tuple[Peer, Json, str]] = []
    early = [talk.send(talk.guest, content="text", text=f"early {n}") for n in range(3)]
    assert talk.inviter.ask("receive", early[2])["text"] == "early 2"
    assert talk.inviter.ask("session", {"peer": talk.guest_id})["skipped"] == 2
    talk.answer()
    for n in (1, 0):
        assert talk.inviter.ask("receive", early[n])["text"] == f"early {n}"
    for step in range(60):
        sender = chance.choice((talk.guest, talk.inviter))
        text = f"step {step}"
        waiting.append((talk.other(sender), talk.send(sender, content="text", text=text), text))
        while len(waiting) > 6 or (waiting and chance.random() < 0.4):
            receiver, sent, text = waiting.pop(chance.randrange(len(waiting)))
            assert receiver.ask("receive", sent)["text"] == text
            if chance.random() < 0.3:
                talk.refuse(receiver, sent)
    for receiver, sent, text in waiting:
        assert receiver.ask("receive", sent)["text"] == text
    for peer, other in ((talk.guest, talk.inviter_id), (talk.inviter, talk.guest_id)):
        assert peer.ask("session", {"peer": other})["skipped"] == 0


def test_receipts_tell_what_has_come(ends: tuple[Peer, Peer]) -> None:
    talk = Talk(ends, "personal")
    talk.answer()
    sent = [talk.send(talk.guest, content="text", text=str(n)) for n in range(6)]
    for n in (0, 2, 3, 5):
        talk.inviter.ask("receive", sent[n])
    receipt = talk.send(talk.inviter, content="receipt")
    came = talk.guest.ask("receive", receipt)
    # The introduction was number 1.
    assert (came["counter"], came["seen_up_to"], came["ranges"]) == (0, 2, [[4, 5], [7, 7]])


def test_what_is_altered_or_repeated_is_refused_and_changes_nothing(ends: tuple[Peer, Peer]) -> None:
    talk = Talk(ends, "public")
    talk.refuse(talk.inviter, talk.first)
    talk.answer()
    for sender in (talk.guest, talk.inviter):
        receiver = talk.other(sender)
        sent = talk.send(sender, content="text", text="whole")
        envelope = bytes.fromhex(sent["envelope"])
        for place in (1, 24, 25, 2000, 2352, 2353, 4095):
            altered = envelope[:place] + bytes([envelope[place] ^ 1]) + envelope[place + 1 :]
            talk.refuse(receiver, {**sent, "envelope": altered.hex()})
        assert receiver.ask("receive", sent)["text"] == "whole"
        talk.refuse(receiver, sent)


def test_a_lost_session_is_begun_again_by_the_record(ends: tuple[Peer, Peer]) -> None:
    talk = Talk(ends, "personal")
    talk.answer()
    late = talk.send(talk.guest, content="text", text="late")
    before = talk.guest.ask("session", {"peer": talk.inviter_id})["th"]
    for starter, peer in ((talk.inviter, talk.guest_id), (talk.guest, talk.inviter_id)):
        starter.ask("again", {"peer": peer})
        assert talk.say(starter, "again")["initial"]
        assert not talk.say(talk.other(starter), "answered")["initial"]
        assert not talk.say(starter, "and on")["initial"]
    guest = talk.guest.ask("session", {"peer": talk.inviter_id})
    assert guest["th"] != before and guest["count"] == 3
    assert guest["th"] == talk.inviter.ask("session", {"peer": talk.guest_id})["th"]
    assert talk.inviter.ask("receive", late)["text"] == "late"


def test_both_sides_have_one_safety_number(ends: tuple[Peer, Peer]) -> None:
    talk = Talk(ends, "personal")
    guest = talk.guest.ask("safety", {"peer": talk.inviter_id})
    inviter = talk.inviter.ask("safety", {"peer": talk.guest_id})
    assert guest["digits"] == inviter["digits"] and len(guest["digits"]) == 60
    talk.guest.ask("scan", {"peer": talk.inviter_id, "scanned": inviter["qr"]})
    with pytest.raises(Refused, match="SafetyNumberMismatch"):
        talk.guest.ask("scan", {"peer": talk.inviter_id, "scanned": guest["qr"]})


def test_one_time_keys_are_used_once_and_links_are_for_others(ends: tuple[Peer, Peer]) -> None:
    guest, inviter = ends
    made = inviter.ask("invite", {"entries": 1})
    with pytest.raises(Refused, match="OwnInvitation"):
        inviter.ask("accept", {"link": made["link"], "entry": made["entries"][0]})
    with pytest.raises(Refused, match="CannotDecrypt"):
        other = guest.ask("invite", {"entries": 1})
        guest.ask("accept", {"link": made["link"], "entry": other["entries"][0]})
    peer = guest.ask("accept", {"link": made["link"], "entry": made["entries"][0]})["peer"]
    first = guest.ask("send", {"peer": peer, "content": "introduction"})
    assert inviter.ask("receive", first)["name"] == "Guest"
    # The same entry once more, as a relay could hand it out: its private halves are gone.
    guest.ask("accept", {"link": made["link"], "entry": made["entries"][0]})
    again = guest.ask("send", {"peer": peer, "content": "introduction"})
    with pytest.raises(Refused, match="CannotDecrypt"):
        inviter.ask("receive", again)
