"""Two ends of the reference talk to each other."""

import itertools

import pytest

from tacita_reference.bundle import Bundle
from tacita_reference.content import Frame
from tacita_reference.errors import Refused
from tacita_reference.handshake import initiate, respond
from tacita_reference.initial import open_initial, seal_initial
from tacita_reference.people import Person, draw_mailbox
from tacita_reference.randomness import Seeded
from tacita_reference.session import Session

NOW = 490_000


def frame(counter: int) -> Frame:
    return Frame(counter, 0, 2, bytes(8) + b"\0\0\0\x01x")


def meet(last_resort: bool) -> tuple[Session, Session]:
    """A session's two ends; the responder has opened the first message."""
    randomness = Seeded(f"meet {last_resort}")
    alice, bob = Person.draw(NOW, randomness), Person.draw(NOW, randomness)
    entry = bob.bundle(last_resort).seal(bob.invitation, randomness.take(24))
    target = Bundle.open(entry, bob.invitation).verify(bob.account, NOW)
    reply = draw_mailbox(randomness)
    at_alice, fields = initiate(alice.keys, alice.log, target, reply, None, NOW, randomness)
    message = at_alice.seal_bare(frame(1), randomness)
    envelope = seal_initial(fields, message, target.contact.key, bob.mailbox.mailbox, randomness)
    assert len(envelope) == 8192
    opened, ratchet_message = open_initial(envelope, bob.contact.secret, bob.mailbox.mailbox)
    assert opened == fields
    opk, kem = (None, bob.last_resort) if last_resort else (bob.opk, bob.kem)
    responded = respond(bob.keys, bob.log, opened, bob.spk, opk, kem)
    at_bob = responded.session
    assert at_bob.state.th == at_alice.state.th
    with pytest.raises(Refused, match="NothingReceived"):
        at_bob.seal_envelope(frame(1), randomness)
    assert at_bob.open_bare(ratchet_message, randomness) == frame(1)
    return at_alice, at_bob


@pytest.mark.parametrize("last_resort", [False, True])
def test_two_ends_talk_over_several_turns(last_resort: bool) -> None:
    randomness = Seeded("talk")
    alice, bob = meet(last_resort)
    for turn in range(3):
        for sender, receiver in ((bob, alice), (alice, bob)):
            for n in range(2):
                envelope = sender.seal_envelope(frame(turn * 2 + n), randomness)
                assert len(envelope) == 4096
                assert receiver.open_envelope(envelope, randomness) == frame(turn * 2 + n)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_messages_open_once_in_whatever_order(order: tuple[int, ...]) -> None:
    randomness = Seeded("order")
    alice, bob = meet(False)
    messages = [bob.seal_bare(frame(1), randomness), bob.seal_bare(frame(2), randomness)]
    assert alice.open_bare(messages[1], randomness) == frame(2)
    bob.open_bare(alice.seal_bare(frame(9), randomness), randomness)
    messages += [bob.seal_bare(frame(3), randomness), bob.seal_bare(frame(4), randomness)]
    for place in order:
        if place != 1:
            assert alice.open_bare(messages[place], randomness) == frame(place + 1)
        with pytest.raises(Refused, match="CannotDecrypt"):
            alice.open_bare(messages[place], randomness)
    assert alice.skipped == {}
