"""Ratchet steps with every skip and reorder, limits, and envelopes."""

import copy
import itertools
from dataclasses import replace

from ..cases import state as states
from ..content import TEXT, Frame
from ..handshake import respond
from ..limits import BUCKETS
from ..primitives import seal_once, sha256, x25519_public
from ..randomness import Seeded
from ..ratchet import Header, RatchetKeys, body_key, chain_step, seal_header
from ..session import OldChain, Session, State
from .case import Cases, Json, places
from .handshake import SMALL_ORDER, Meeting

TAG = "vectors/ratchet"


def frame(n: int, body: bytes = b"") -> Frame:
    return Frame(n, 0, TEXT, body)


class Talk:
    """Two ends that have spoken: Alice has opened one message of Bob's first chain."""

    def __init__(self, seed: str) -> None:
        self.meeting = Meeting.hold(f"{TAG}/{seed}")
        self.randomness = Seeded(f"{TAG}/{seed}/talk")
        self.alice = self.meeting.session
        self.bob = self.start_responder()
        self.bob.open_bare(self.alice.seal_bare(frame(1), self.randomness), self.randomness)
        self.alice.open_bare(self.bob.seal_bare(frame(1), self.randomness), self.randomness)

    def start_responder(self) -> Session:
        m = self.meeting
        return respond(m.bob.keys, m.bob.log, m.fields, m.bob.spk, m.bob.opk, m.bob.kem).session

    def turn(self) -> None:
        """Bob hears of Alice, so that his next message begins a chain."""
        self.bob.open_bare(self.alice.seal_bare(frame(90), self.randomness), self.randomness)

    def sealed(self, counter: int) -> bytes:
        return self.bob.seal_bare(frame(counter), self.randomness)


def inputs(session: Session, messages: list[bytes], orders: list[list[int]], form: str = "bare") -> Json:
    skipped = [
        {"chain": chain, "first": n, "last": n, "key": key.hex()} for (chain, n), key in sorted(session.skipped.items())
    ]
    return {
        "state": states.describe(session.state),
        "skipped": skipped,
        "form": form,
        "messages": [message.hex() for message in messages],
        "orders": orders,
    }


def orders_of(count: int) -> list[list[int]]:
    """Every order of every choice of messages; those left out stay skipped."""
    chosen = itertools.chain.from_iterable(itertools.permutations(range(count), n) for n in range(1, count + 1))
    return [list(order) for order in chosen]


def build_ratchet() -> Cases:
    cases = Cases("13")
    _sent(cases)
    _first_messages(cases)
    _orders(cases)
    _limits(cases)
    _forged(cases)
    return cases


def _sent(cases: Cases) -> None:
    talk = Talk("sent")
    nonce = talk.randomness.take(24).hex()
    content = {"counter": "2", "seen_up_to": "1", "kind": TEXT, "body": "616263"}
    for name, session in (("the initiator", talk.alice), ("the responder", talk.bob)):
        for n in range(2):
            sent = {"state": states.describe(session.state), "form": "bare", "nonce": nonce, "frame": content}
            cases.good(f"message {n} sent by {name}", "send", **sent)
            session.seal_bare(frame(2), talk.randomness)
    waiting = {"state": states.describe(talk.start_responder().state), "form": "bare", "nonce": nonce, "frame": content}
    cases.bad("message sent before anything was opened", "NothingReceived", "send", **waiting)
    sending = talk.alice.state.sending
    assert sending
    last = replace(talk.alice.state, sending=replace(sending, n=2**32 - 1))
    cases.bad("message sent after the last number", "TooLarge", "send", **{**waiting, "state": states.describe(last)})


def _first_messages(cases: Cases) -> None:
    """The responder opens the initiator's first chain, in every order."""
    meeting = Meeting.hold(f"{TAG}/first")
    talk = Talk("first/other")
    talk.meeting = meeting
    responder = talk.start_responder()
    messages = [meeting.session.seal_bare(frame(n + 1), meeting.randomness) for n in range(3)]
    cases.good("first chain in every order", "receive", **inputs(responder, messages, orders_of(3)))
    foreign = Talk("first/foreign").sealed(9)
    refused = inputs(responder, [foreign, messages[0]], [[0], [0, 1], [1, 0]])
    cases.good("message of another session", "receive", **refused)


def _orders(cases: Cases) -> None:
    talk = Talk("orders")
    before = copy.deepcopy(talk.alice)
    chain = [talk.sealed(n) for n in range(2, 6)]
    repeated = [[0, 0, 1, 1], [1, 0, 1, 0], [3, 3, 0, 0]]
    cases.good("chain in every order", "receive", **inputs(before, chain, orders_of(4) + repeated))
    talk.turn()
    turned = [talk.sealed(n) for n in range(6, 8)]
    # Two that end a chain and two that begin the next: each order, and each left out.
    cases.good("turn in every order", "receive", **inputs(before, chain[:2] + turned, orders_of(4)))

    # A chain that has ended with holes, one being received with a hole, and one to come.
    alice = copy.deepcopy(before)
    alice.open_bare(chain[2], talk.randomness)
    alice.open_bare(turned[1], talk.randomness)
    talk.alice = alice
    talk.turn()
    late = [chain[0], chain[3], turned[0], talk.sealed(8), talk.sealed(9)]
    cases.good(
        "three chains in every order of four",
        "receive",
        **inputs(alice, late, [list(order) for order in itertools.permutations(range(5), 4)]),
    )
    altered = [_flip(message, at) for message in late for at in (0, 30, 2360, len(message) - 1)]
    wrong = [[n] for n in range(len(altered))]
    cases.good(
        "altered messages change nothing",
        "receive",
        **inputs(alice, altered + late, [*wrong, [*range(len(altered)), *range(len(altered), len(altered) + 5)]]),
    )
    short = [late[3][:n] for n in (0, 23, 24, 2351, 2352, 2360, 2367, 2368, len(late[3]) - 1)]
    cases.good("cut messages change nothing", "receive", **inputs(alice, [*short, late[3]], [list(range(10))]))


def _flip(message: bytes, place: int) -> bytes:
    return message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]


NO_KEYS = RatchetKeys(bytes(32), bytes(1184), bytes(1088))


def forge(state: State, hk: bytes, mk: bytes, header: Header, nonce: bytes, plain: bytes | None = None) -> bytes:
    """A message that the peer of this state could have made; `plain` is its padded body."""
    head = seal_header(hk, nonce, state.th, header)
    key, body_nonce = body_key(mk, state.th, header.n, nonce)
    ad = state.th + head + state.theirs.encode() + state.ours.encode()
    content = frame(header.n + 1).encode() + b"\x80"
    return head + seal_once(key, body_nonce, ad, content if plain is None else plain)


class Forger:
    """Knows a receiver's state, and makes messages that the peer could have made."""

    def __init__(self, session: Session, seed: str) -> None:
        self.session = session
        self.randomness = Seeded(f"{TAG}/{seed}")

    def current(self, n: int, pn: int = 0, keys: RatchetKeys | None = None, plain: bytes | None = None) -> bytes:
        """Of the chain being received; the session has opened so many of it."""
        receiving = self.session.state.receiving
        assert receiving
        ck = receiving.ck
        # Numbers beyond any limit need no right key.
        for _ in range(min(max(n - receiving.n, 0), 3000)):
            _, ck = chain_step(ck)
        mk, _ = chain_step(ck)
        header = Header(keys or NO_KEYS, pn, n)
        return forge(self.session.state, receiving.hk, mk, header, self.randomness.take(24), plain)


def _limits(cases: Cases) -> None:
    talk = Talk("limits")
    alice, forger = talk.alice, Forger(talk.alice, "limits")
    receiving = alice.state.receiving
    assert receiving and receiving.n == 1
    far = [forger.current(n) for n in (1001, 1002, 500)]
    cases.good("skips up to the limit of a chain", "receive", **inputs(alice, far, [[0], [1], [0, 2], [2, 0], [2, 1]]))
    ends = [forger.current(n) for n in (2**32 - 1, 2**32 - 2)]
    cases.good("numbers at their end", "receive", **inputs(alice, ends, [[0], [1]]))
    at_end = replace(alice.state, receiving=replace(receiving, n=2**32 - 2))
    end = Session(at_end)
    last = [Forger(end, "end").current(n) for n in (2**32 - 2, 2**32 - 1)]
    cases.good("the last number of a chain", "receive", **inputs(end, last, [[0], [1], [0, 1]]))
    # Skipped keys that are there already count.
    some = replace(alice.state, receiving=replace(receiving, skipped=600))
    partly = Session(some)
    steps = [Forger(partly, "partly").current(n) for n in (401, 402)]
    cases.good("skips beside earlier ones", "receive", **inputs(partly, steps, [[0], [1], [0, 1]]))
    _session_limits(cases, alice.state)
    _turn_limits(cases, talk)


def _session_limits(cases: Cases, state: State) -> None:
    """Beyond 2,000 keys or 32 chains, the oldest chains go."""
    receiving = state.receiving
    assert receiving

    def session(skips: list[int], current: int) -> Session:
        old = tuple(OldChain(n + 1, sha256(b"old" + bytes([n])), skip) for n, skip in enumerate(skips))
        number = len(skips) + 1
        moved = replace(state, old=old, receiving_chains=number, receiving=replace(receiving, skipped=current))
        return Session(moved)

    def skipped(skips: list[int], current: int) -> list[Json]:
        counts = [*skips, current]
        return [
            {"chain": n + 1, "first": 0, "last": count - 1, "seed": sha256(b"skipped" + bytes([n])).hex()}
            for n, count in enumerate(counts)
            if count
        ]

    # The numbers below the chain's place belong to its own skipped keys.
    for name, skips, current, jump in (
        ("exactly full", [700, 600], 500, 200),
        ("one too many", [700, 600], 500, 201),
        ("two chains too many", [1, 999, 500], 500, 500),
    ):
        at = session(skips, current)
        at.state = replace(at.state, receiving=replace(receiving, n=current, skipped=current))
        message = Forger(at, name).current(current + jump)
        case = {**inputs(at, [message], [[0]]), "skipped": skipped(skips, current)}
        cases.good(f"session with {name}", "receive", **case)
    # An old chain's key opens its message, and is gone then.
    at = session([2, 1], 0)
    keys = [sha256(b"k0"), sha256(b"k1"), sha256(b"k2")]
    listed = [
        {"chain": 1, "first": 0, "last": 0, "key": keys[0].hex()},
        {"chain": 1, "first": 4, "last": 4, "key": keys[1].hex()},
        {"chain": 2, "first": 3, "last": 3, "key": keys[2].hex()},
    ]
    first, second = at.state.old
    late = [
        forge(at.state, old.hk, key, Header(NO_KEYS, 0, n), sha256(bytes([n]))[:24])
        for old, key, n in ((first, keys[0], 0), (first, keys[1], 4), (second, keys[2], 3), (second, keys[2], 2))
    ]
    case = {**inputs(at, late, [[0], [1, 0], [2, 2], [3], [0, 1, 2, 3, 0]]), "skipped": listed}
    cases.good("late messages of old chains", "receive", **case)


def _turn_limits(cases: Cases, talk: Talk) -> None:
    """PN and N of a header that turns."""
    alice = copy.deepcopy(talk.alice)
    talk.turn()
    bob = talk.bob
    sending = bob.state.sending
    assert sending

    def turned(n: int, pn: int) -> bytes:
        ck = sending.ck
        for _ in range(min(n, 1100)):
            _, ck = chain_step(ck)
        moved = replace(bob.state, sending=replace(sending, n=n, pn=pn, ck=ck))
        return Session(moved).seal_bare(frame(n + 1), talk.randomness)

    messages = [turned(0, 1), turned(0, 1001), turned(0, 1002), turned(1000, 1), turned(1001, 1), turned(0, 0)]
    messages += [turned(0, 2**32 - 1), turned(2**32 - 2, 1), turned(1000, 1001)]
    every = [[n] for n in range(len(messages))]
    cases.good("PN and N at their limits", "receive", **inputs(alice, messages, every))
    many = tuple(OldChain(n + 1, sha256(b"many" + bytes([n])), 0 if n in (3, 5) else 1) for n in range(32))
    receiving = alice.state.receiving
    assert receiving
    crowded = replace(alice.state, old=many, receiving_chains=33, receiving=replace(receiving, skipped=1))
    listed = [{"chain": o.number, "first": 7, "last": 7, "seed": sha256(b"many").hex()} for o in many if o.skipped] + [
        {"chain": 33, "first": 0, "last": 0, "seed": sha256(b"many").hex()}
    ]
    case = {**inputs(Session(crowded), messages[:1], [[0]]), "skipped": listed}
    cases.good("a 33rd old chain: the oldest without keys goes", "receive", **case)
    full = tuple(replace(o, skipped=1) for o in many)
    listed = [{"chain": o.number, "first": 7, "last": 7, "seed": sha256(b"many").hex()} for o in full] + listed[-1:]
    case = {**inputs(Session(replace(crowded, old=full)), messages[:1], [[0]]), "skipped": listed}
    cases.good("a 33rd old chain: the oldest goes", "receive", **case)


def _forged(cases: Cases) -> None:
    """Headers and bodies that open, and whose content is wrong."""
    talk = Talk("forged")
    alice = copy.deepcopy(talk.alice)
    talk.turn()
    good = talk.sealed(5)
    sending = talk.bob.state.sending
    assert sending
    keys = sending.keys

    def turned(**changes: bytes) -> bytes:
        moved = replace(talk.bob.state, sending=replace(sending, keys=replace(keys, **changes), n=1))
        return Session(moved).seal_bare(frame(6), talk.randomness)

    unreduced = bytes([0xFF, keys.ek[1] | 0x0F]) + keys.ek[2:]
    bad = [
        turned(dh=SMALL_ORDER),
        turned(dh=bytes(32)),
        turned(dh=b"\xff" * 31 + b"\x7f"),
        turned(dh=keys.dh[:31] + bytes([keys.dh[31] | 0x80])),
        turned(dh=x25519_public(b"\x09" * 32)),
        turned(ek=unreduced),
        turned(ct=bytes(1088)),
        turned(ct=keys.ct[:-1] + bytes([keys.ct[-1] ^ 1])),
    ]
    each = [[n] for n in range(len(bad))]
    everything = [[*range(len(bad)), len(bad)]]
    cases.good("headers that turn to wrong keys", "receive", **inputs(alice, [*bad, good], each + everything))

    forger = Forger(alice, "forged")
    content = frame(2).encode()
    bodies = [
        forger.current(1, plain=plain)
        for plain in (
            b"",
            bytes(40),
            content,
            content + b"\x81",
            content + b"\x80\x01",
            content[:-1] + b"\x80",
            content + b"\0\x80",
            content[:18] + b"\xff\xff\xff\xff\x80",
        )
    ]
    # Keys in a header of the chain being received are not looked at.
    unseen = forger.current(1, keys=RatchetKeys(b"\xff" * 32, b"\xff" * 1184, b"\xff" * 1088), pn=77)
    everything = [[n] for n in range(len(bodies) + 1)]
    cases.good("bodies that are no frames", "receive", **inputs(alice, [*bodies, unseen], everything))
    state = alice.state
    assert state.receiving
    reflected = Session(replace(state, ours=state.theirs, theirs=state.ours))
    swapped = [Forger(reflected, "swapped").current(1)]
    other_th = [Forger(Session(replace(state, th=b"\x01" * 32)), "th").current(1)]
    other_device = replace(state.theirs, device=2)
    device = [Forger(Session(replace(state, theirs=other_device)), "device").current(1)]
    wrong = swapped + other_th + device
    cases.good("bodies sealed for other ends", "receive", **inputs(alice, wrong, [[0], [1], [2]]))


def build_envelopes() -> Cases:
    cases = Cases("14")
    talk = Talk("envelope")
    nonce = talk.randomness.take(24).hex()
    state = states.describe(talk.bob.state)

    def send(length: int) -> Json:
        """A frame of so many bytes."""
        body = {"byte": "61", "times": length - 22}
        return {
            "state": state,
            "form": "envelope",
            "nonce": nonce,
            "frame": {"counter": "2", "seen_up_to": "1", "kind": 2, "body": body},
        }

    for bucket in BUCKETS:
        for more in (0, 1):
            length = bucket - 2370 + more
            if length > BUCKETS[-1] - 2370:
                cases.bad("frame over the largest envelope", "TooLarge", "send", **send(length))
            else:
                cases.good(f"frame of {length} bytes", "send", **send(length))
    alice = talk.alice
    small, large = (
        talk.bob.seal_envelope(frame(2), talk.randomness),
        talk.bob.seal_envelope(frame(3, b"x" * 2000), talk.randomness),
    )
    cases.good("envelopes of two sizes", "receive", **inputs(alice, [small, large], [[0, 1], [1, 0]], "envelope"))
    flipped = [_flip(small, at) for at in places(4096, 600)] + [_flip(small, 2352), _flip(small, 2353)]
    wrong = [
        b"\x02" + small[1:],
        b"\x00" + small[1:],
        small[:-1],
        small + b"\0",
        b"",
        small[:1],
        *flipped,
    ]
    # One envelope, altered in one way after another: it still opens at the end.
    case = inputs(alice, [*wrong, small], [[*range(len(wrong)), len(wrong)]], "envelope")
    cases.good("envelopes altered, cut and of other suites", "receive", **case)
    return cases
