"""Operations on sessions and envelopes. PROTOCOL.md §13, §14."""

import copy
from typing import Any

from ..content import Frame
from ..errors import Refused
from ..primitives import sha256
from ..randomness import Script, Seeded
from ..session import Session
from . import state
from .derivation import of

Json = dict[str, Any]


def read_frame(inputs: Json) -> Frame:
    """A body is hexadecimal, or one byte so many times."""
    body = inputs["body"]
    data = bytes.fromhex(body) if isinstance(body, str) else bytes.fromhex(body["byte"]) * body["times"]
    return Frame(int(inputs["counter"]), int(inputs["seen_up_to"]), inputs["kind"], data)


def send(inputs: Json) -> Json:
    session = Session(state.read(inputs["state"]))
    frame = read_frame(inputs["frame"])
    randomness = Script(of(inputs, "nonce"))
    is_bare = inputs["form"] == "bare"
    sealed = session.seal_bare(frame, randomness) if is_bare else session.seal_envelope(frame, randomness)
    sending = session.state.sending
    assert sending
    outputs: Json = {
        "length": len(sealed),
        "sha256": sha256(sealed).hex(),
        "ck": sending.ck.hex(),
        "n": sending.n,
    }
    if len(sealed) <= 4096:
        outputs["message"] = sealed.hex()
    return outputs


def receive(inputs: Json) -> Json:
    """The messages in each of the orders, every time from the same state."""
    start = Session(state.read(inputs["state"]), state.read_skipped(inputs["skipped"]))
    messages = [bytes.fromhex(message) for message in inputs["messages"]]
    is_bare = inputs["form"] == "bare"
    runs = []
    for order in inputs["orders"]:
        session = copy.deepcopy(start)
        opened = []
        for place in order:
            open_ = session.open_bare if is_bare else session.open_envelope
            try:
                opened.append(open_(messages[place], Seeded("turn")).encode().hex())
            except Refused as refused:
                opened.append(refused.name)
        runs.append({"opened": opened, **_end(session)})
    return {"runs": runs}


def _end(session: Session) -> Json:
    """What the state is afterwards, as far as it does not depend on fresh randomness."""
    end = session.state
    return {
        "nhkr": end.nhkr.hex(),
        "receiving": end.receiving and state.describe_receiving(end.receiving),
        "receiving_chains": end.receiving_chains,
        "sending_chains": end.sending_chains,
        "old": [[chain.number, chain.skipped] for chain in end.old],
        "skipped": state.describe_skipped(session.skipped),
    }


OPERATIONS = {"send": send, "receive": receive}
