"""A session: what each end keeps, how it sends and how it opens. PROTOCOL.md §13, §14."""

from dataclasses import dataclass, field, replace

from .content import Frame
from .encoding import read_whole
from .errors import CannotDecrypt, Malformed, Refused
from .identity import Address
from .limits import BUCKETS, LAST_U32, MAX_BODY, MAX_OLD_CHAINS, MAX_SKIPPED_IN_CHAIN, MAX_SKIPPED_IN_SESSION
from .padding import bucket_for, pad, unpad
from .primitives import decapsulate, open_once, seal_once, x25519
from .randomness import Randomness
from .ratchet import (
    HEAD,
    NONCE,
    Header,
    RatchetKeys,
    SendingTurn,
    body_key,
    chain_step,
    half_step,
    open_header,
    seal_header,
)

ENVELOPE_OVERHEAD = 1 + HEAD + 16
SkippedKeys = dict[tuple[int, int], bytes]


@dataclass(frozen=True)
class Secrets:
    """What a handshake gives."""

    th: bytes
    sk: bytes
    hk_ab: bytes
    nhk_ba: bytes


@dataclass(frozen=True)
class Sending:
    ck: bytes
    hk: bytes
    keys: RatchetKeys
    n: int
    pn: int


@dataclass(frozen=True)
class Receiving:
    ck: bytes
    hk: bytes
    n: int
    skipped: int


@dataclass(frozen=True)
class OldChain:
    number: int
    hk: bytes
    skipped: int


@dataclass(frozen=True)
class State:
    """One end of a session."""

    th: bytes
    ours: Address
    theirs: Address
    rk: bytes
    dh: bytes
    kem: bytes
    nhks: bytes
    nhkr: bytes
    sending: Sending | None = None
    receiving: Receiving | None = None
    sending_chains: int = 0
    receiving_chains: int = 0
    old: tuple[OldChain, ...] = ()


def count_skips(start: int, end: int, already: int) -> int:
    """How many keys to keep on the way from one number to another; refused beyond the limit."""
    skips = max(end - start, 0)
    if already + skips > MAX_SKIPPED_IN_CHAIN:
        raise CannotDecrypt
    return skips


@dataclass
class Session:
    """A state, and the skipped keys that go with it."""

    state: State
    skipped: SkippedKeys = field(default_factory=dict)

    @classmethod
    def start_initiator(
        cls, secrets: Secrets, ours: Address, theirs: Address, peer: tuple[bytes, bytes], randomness: Randomness
    ) -> "Session":
        """`peer` is the responder's signed prekey and ML-KEM prekey."""
        turn = SendingTurn.draw(secrets.sk, secrets.th, *peer, randomness)
        sending = Sending(turn.ck, secrets.hk_ab, turn.keys, 0, 0)
        return cls(
            State(secrets.th, ours, theirs, turn.rk, turn.dh, turn.kem, turn.nhk, secrets.nhk_ba, sending, None, 1)
        )

    @classmethod
    def start_responder(
        cls, secrets: Secrets, ours: Address, theirs: Address, spk_secret: bytes, kem_secret: bytes
    ) -> "Session":
        return cls(State(secrets.th, ours, theirs, secrets.sk, spk_secret, kem_secret, secrets.nhk_ba, secrets.hk_ab))

    # Sending

    def seal_envelope(self, frame: Frame, randomness: Randomness) -> bytes:
        bucket = bucket_for(len(frame.encode()), ENVELOPE_OVERHEAD)
        return b"\x01" + self._seal(frame, bucket - ENVELOPE_OVERHEAD, randomness)

    def seal_bare(self, frame: Frame, randomness: Randomness) -> bytes:
        """The ratchet message of an initial envelope."""
        return self._seal(frame, len(frame.encode()) + 1, randomness)

    def _seal(self, frame: Frame, size: int, randomness: Randomness) -> bytes:
        state, sending = self.state, self.state.sending
        if len(frame.body) > MAX_BODY:
            raise Refused("TooLarge")
        if sending is None:
            raise Refused("NothingReceived")
        if sending.n == LAST_U32:
            raise Refused("TooLarge")
        nonce = randomness.take(NONCE)
        head = seal_header(sending.hk, nonce, state.th, Header(sending.keys, sending.pn, sending.n))
        mk, ck = chain_step(sending.ck)
        key, body_nonce = body_key(mk, state.th, sending.n, nonce)
        ad = state.th + head + state.ours.encode() + state.theirs.encode()
        body = seal_once(key, body_nonce, ad, pad(frame.encode(), size))
        self.state = replace(state, sending=replace(sending, ck=ck, n=sending.n + 1))
        return head + body

    # Opening

    def open_envelope(self, envelope: bytes, randomness: Randomness) -> Frame:
        if len(envelope) not in BUCKETS:
            raise Malformed
        if envelope[0] != 1:
            raise Refused("UnknownVersion")
        return self.open_bare(envelope[1:], randomness)

    def open_bare(self, message: bytes, randomness: Randomness) -> Frame:
        """On a refusal nothing has changed."""
        state, head = self.state, message[:HEAD]
        if len(message) < HEAD + 16:
            raise CannotDecrypt
        if state.receiving and (header := self._try(state.receiving.hk, head)):
            return self._open_current(state.receiving, header, message)
        if header := self._try(state.nhkr, head):
            return self._open_next(header, message, randomness)
        for old in reversed(state.old):
            if header := self._try(old.hk, head):
                return self._open_skipped(old.number, header, message)
        raise CannotDecrypt

    def _try(self, key: bytes, head: bytes) -> Header | None:
        try:
            return open_header(key, self.state.th, head)
        except CannotDecrypt:
            return None

    def _open_body(self, mk: bytes, n: int, message: bytes) -> Frame:
        state, head = self.state, message[:HEAD]
        key, body_nonce = body_key(mk, state.th, n, head[:NONCE])
        ad = state.th + head + state.theirs.encode() + state.ours.encode()
        plain = unpad(open_once(key, body_nonce, ad, message[HEAD:]))
        try:
            return read_whole(plain, Frame.read)
        except Refused:
            raise CannotDecrypt from None

    def _open_skipped(self, chain: int, header: Header, message: bytes) -> Frame:
        mk = self.skipped.get((chain, header.n))
        if mk is None:
            raise CannotDecrypt
        frame = self._open_body(mk, header.n, message)
        del self.skipped[(chain, header.n)]
        state = self.state
        if state.receiving and chain == state.receiving_chains:
            receiving = replace(state.receiving, skipped=state.receiving.skipped - 1)
            self.state = replace(state, receiving=receiving)
        else:
            old = tuple(replace(o, skipped=o.skipped - 1) if o.number == chain else o for o in state.old)
            self.state = replace(state, old=old)
        return frame

    def _open_current(self, receiving: Receiving, header: Header, message: bytes) -> Frame:
        state = self.state
        if header.n < receiving.n:
            return self._open_skipped(state.receiving_chains, header, message)
        skips = count_skips(receiving.n, header.n, receiving.skipped)
        if header.n == LAST_U32:
            raise CannotDecrypt
        kept, ck = _skip(receiving.ck, receiving.n, header.n, state.receiving_chains)
        mk, ck = chain_step(ck)
        frame = self._open_body(mk, header.n, message)
        receiving = replace(receiving, ck=ck, n=header.n + 1, skipped=receiving.skipped + skips)
        self.state = replace(state, receiving=receiving)
        self._keep(kept)
        return frame

    def _open_next(self, header: Header, message: bytes, randomness: Randomness) -> Frame:
        state, ended = self.state, self.state.receiving
        old_skips = count_skips(ended.n, header.pn, ended.skipped) if ended else 0
        new_skips = count_skips(0, header.n, 0)
        if header.n == LAST_U32:
            raise CannotDecrypt
        header.keys.check()
        number = state.receiving_chains + 1
        try:
            shared = x25519(state.dh, header.keys.dh)
        except Refused:
            raise CannotDecrypt from None
        ss = decapsulate(state.kem, header.keys.ct)
        rk, ck, nhkr = half_step(state.rk, shared, ss, state.th, header.keys)
        kept: SkippedKeys = {}
        if ended:
            kept, _ = _skip(ended.ck, ended.n, header.pn, state.receiving_chains)
        more, ck = _skip(ck, 0, header.n, number)
        kept |= more
        mk, ck = chain_step(ck)
        frame = self._open_body(mk, header.n, message)
        turn = SendingTurn.draw(rk, state.th, header.keys.dh, header.keys.ek, randomness)
        old = list(state.old)
        if ended:
            old.append(OldChain(state.receiving_chains, ended.hk, ended.skipped + old_skips))
        self.state = State(
            th=state.th,
            ours=state.ours,
            theirs=state.theirs,
            rk=turn.rk,
            dh=turn.dh,
            kem=turn.kem,
            nhks=turn.nhk,
            nhkr=nhkr,
            sending=Sending(turn.ck, state.nhks, turn.keys, 0, state.sending.n if state.sending else 0),
            receiving=Receiving(ck, state.nhkr, header.n + 1, new_skips),
            sending_chains=state.sending_chains + 1,
            receiving_chains=number,
            old=tuple(old),
        )
        self._keep(kept)
        return frame

    def _keep(self, kept: SkippedKeys) -> None:
        """Takes keys in, and lets the oldest chains go beyond the limits."""
        self.skipped |= kept
        old = list(self.state.old)
        if len(old) > MAX_OLD_CHAINS:
            without = [at for at, chain in enumerate(old) if chain.skipped == 0]
            old.pop(without[0] if without else 0)
        current = self.state.receiving.skipped if self.state.receiving else 0
        while old and current + sum(chain.skipped for chain in old) > MAX_SKIPPED_IN_SESSION:
            old.pop(0)
        self.state = replace(self.state, old=tuple(old))
        known = {chain.number for chain in old} | {self.state.receiving_chains}
        self.skipped = {place: key for place, key in self.skipped.items() if place[0] in known}


def _skip(ck: bytes, start: int, end: int, chain: int) -> tuple[SkippedKeys, bytes]:
    """The keys from `start` up to `end`, and the chain key there."""
    kept: SkippedKeys = {}
    for n in range(start, end):
        kept[(chain, n)], ck = chain_step(ck)
    return kept, ck
