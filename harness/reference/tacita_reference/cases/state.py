"""Sessions as JSON."""

from typing import Any

from ..encoding import u32
from ..identity import Address
from ..primitives import kem_expanded, sha256
from ..ratchet import RatchetKeys
from ..session import OldChain, Receiving, Sending, SkippedKeys, State

Json = dict[str, Any]


def _address(address: Address) -> Json:
    return {"account": address.account.hex(), "device": address.device}


def describe(state: State) -> Json:
    """The whole state; `kem_expanded` is there for implementations that keep ML-KEM keys in that form."""
    sending, receiving = state.sending, state.receiving
    return {
        "th": state.th.hex(),
        "ours": _address(state.ours),
        "theirs": _address(state.theirs),
        "rk": state.rk.hex(),
        "dh": state.dh.hex(),
        "kem": state.kem.hex(),
        "kem_expanded": kem_expanded(state.kem).hex(),
        "nhks": state.nhks.hex(),
        "nhkr": state.nhkr.hex(),
        "sending_chains": state.sending_chains,
        "receiving_chains": state.receiving_chains,
        "sending": sending
        and {
            "ck": sending.ck.hex(),
            "hk": sending.hk.hex(),
            "keys": sending.keys.encode().hex(),
            "n": sending.n,
            "pn": sending.pn,
        },
        "receiving": receiving and describe_receiving(receiving),
        "old": [{"number": o.number, "hk": o.hk.hex(), "skipped": o.skipped} for o in state.old],
    }


def describe_receiving(receiving: Receiving) -> Json:
    return {
        "ck": receiving.ck.hex(),
        "hk": receiving.hk.hex(),
        "n": receiving.n,
        "skipped": receiving.skipped,
    }


def read(inputs: Json) -> State:
    def raw(source: Json, name: str) -> bytes:
        return bytes.fromhex(source[name])

    def address(source: Json) -> Address:
        return Address(raw(source, "account"), source["device"])

    s, r = inputs["sending"], inputs["receiving"]
    sending = receiving = None
    if s:
        keys = raw(s, "keys")
        ratchet_keys = RatchetKeys(keys[:32], keys[32:1216], keys[1216:])
        sending = Sending(raw(s, "ck"), raw(s, "hk"), ratchet_keys, s["n"], s["pn"])
    if r:
        receiving = Receiving(raw(r, "ck"), raw(r, "hk"), r["n"], r["skipped"])
    return State(
        th=raw(inputs, "th"),
        ours=address(inputs["ours"]),
        theirs=address(inputs["theirs"]),
        rk=raw(inputs, "rk"),
        dh=raw(inputs, "dh"),
        kem=raw(inputs, "kem"),
        nhks=raw(inputs, "nhks"),
        nhkr=raw(inputs, "nhkr"),
        sending=sending,
        receiving=receiving,
        sending_chains=inputs["sending_chains"],
        receiving_chains=inputs["receiving_chains"],
        old=tuple(OldChain(o["number"], raw(o, "hk"), o["skipped"]) for o in inputs["old"]),
    )


def read_skipped(inputs: list[Json]) -> SkippedKeys:
    """Each item: the keys `first` to `last` of a chain, either `key` itself or SHA-256(`seed` ‖ n)."""
    skipped: SkippedKeys = {}
    for item in inputs:
        for n in range(item["first"], item["last"] + 1):
            key = bytes.fromhex(item["key"]) if "key" in item else sha256(bytes.fromhex(item["seed"]) + u32(n))
            skipped[(item["chain"], n)] = key
    return skipped


def describe_skipped(skipped: SkippedKeys) -> Json:
    """How many, and a hash over chain ‖ n ‖ key of each in ascending order."""
    parts = [u32(chain) + u32(n) + skipped[(chain, n)] for chain, n in sorted(skipped)]
    return {"count": len(parts), "hash": sha256(b"".join(parts)).hex()}
