"""Derivations and primitives as the protocol uses them."""

from ..derivation import PURPOSES
from ..primitives import (
    ed25519_public,
    encapsulate,
    kem_expanded,
    kem_public,
    seal_x,
    sign,
    x25519_public,
)
from ..randomness import Seeded
from ..xwing import public as contact_public
from .case import Cases, places

# Points of small order, and p + 1: RFC 7748's curve has these encodings besides the canonical ones.
SMALL_X25519 = {
    "zero": "00" * 32,
    "one": "01" + "00" * 31,
    "of order 8": "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "of order 8, the other": "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "p - 1": "ec" + "ff" * 30 + "7f",
}
NOT_CANONICAL_X25519 = {
    "p": "ed" + "ff" * 30 + "7f",
    "p + 1": "ee" + "ff" * 30 + "7f",
    "2^255 - 1": "ff" * 31 + "7f",
    "with the top bit": "09" + "00" * 30 + "80",
}
BAD_ED25519 = {
    "the neutral point": "01" + "00" * 31,
    "of order 2": "ec" + "ff" * 30 + "7f",
    "of order 4": "00" * 32,
    "of order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "not canonical": "ee" + "ff" * 30 + "7f",
    "not on the curve": "02" + "00" * 31,
}
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def build() -> Cases:
    cases = Cases("4, 7")
    randomness = Seeded("vectors/derivation")
    draw = randomness.take
    ikm, salt = draw(32), draw(32)
    for purpose in sorted(PURPOSES):
        for length in (32, 44, 96):
            inputs = {"ikm": ikm.hex(), "salt": salt.hex(), "context": draw(7).hex()}
            cases.good(f"derive {length} bytes for {purpose}", "derive", purpose=purpose, length=length, **inputs)
        cases.good(f"hash for {purpose}", "hash", purpose=purpose, data=draw(40).hex())
        cases.good(f"sign for {purpose}", "sign", seed=salt.hex(), purpose=purpose, data=draw(40).hex())
    empty = {"ikm": "", "salt": "00" * 32, "context": ""}
    cases.good("derive from nothing", "derive", purpose="rk", length=32, **empty)
    long = {"ikm": draw(300).hex(), "salt": "00" * 32, "context": draw(3000).hex()}
    cases.good("derive from much", "derive", purpose="hs/sk", length=96, **long)
    for kind, length in (
        ("mailbox-id", 32),
        ("mailbox-write", 32),
        ("pile-id", 32),
        ("pile-owner", 32),
        ("relay-root", 32),
        ("envelope", 4096),
        ("prekey-entry", 8192),
        ("claim-nonce", 48),
    ):
        cases.good(f"capability {kind}", "capability", kind=kind, data=draw(length).hex())
    _signatures(cases, randomness)
    _agreements(cases, randomness)
    _kem(cases, randomness)
    key, ad, nonce = draw(32), draw(10), draw(24)
    sealed = {"key": key.hex(), "ad": ad.hex(), "sealed": seal_x(key, nonce, ad, b"plain").hex()}
    cases.good("unseal", "unseal", **sealed)
    cases.good("unseal nothing", "unseal", **{**sealed, "sealed": seal_x(key, nonce, ad, b"").hex()})
    cases.altered("unseal altered", "unseal", "sealed", sealed, list(range(45)))
    cases.cut("unseal cut", "unseal", "sealed", sealed, list(range(45)))
    cases.bad("unseal with other data", "CannotDecrypt", "unseal", **{**sealed, "ad": ""})
    return cases


def _signatures(cases: Cases, randomness: Seeded) -> None:
    seed, data = randomness.take(32), randomness.take(50)
    public, signature = ed25519_public(seed), sign(seed, "dev/cert", data)
    inputs = {"public": public.hex(), "purpose": "dev/cert", "data": data.hex(), "signature": signature.hex()}
    cases.good("verify", "verify", **inputs)
    cases.altered("verify altered signature", "verify", "signature", inputs, list(range(64)))
    cases.altered("verify altered data", "verify", "data", inputs, list(range(50)))
    cases.bad("verify for another purpose", "BadSignature", "verify", **{**inputs, "purpose": "dev/log"})
    s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    large = signature[:32] + s.to_bytes(32, "little")
    cases.bad("verify with S + l", "BadSignature", "verify", **{**inputs, "signature": large.hex()})
    for name, key in BAD_ED25519.items():
        cases.bad(f"verify under a key {name}", "Malformed", "verify", **{**inputs, "public": key})
        small = key + "00" * 32
        cases.bad(f"verify with an R {name}", "BadSignature", "verify", **{**inputs, "signature": small})


def _agreements(cases: Cases, randomness: Seeded) -> None:
    ours, theirs = randomness.take(32), randomness.take(32)
    cases.good("agree", "agree", secret=ours.hex(), public=x25519_public(theirs).hex())
    cases.good("agree from the other side", "agree", secret=theirs.hex(), public=x25519_public(ours).hex())
    for name, key in SMALL_X25519.items():
        cases.bad(f"agree with {name}", "WeakKey", "agree", secret=ours.hex(), public=key)
    for name, key in NOT_CANONICAL_X25519.items():
        cases.bad(f"agree with {name}", "Malformed", "agree", secret=ours.hex(), public=key)
    cases.cut("agree with a cut key", "agree", "public", {"secret": ours.hex(), "public": theirs.hex()}, [0, 1, 31])


def _kem(cases: Cases, randomness: Seeded) -> None:
    seed = randomness.take(64)
    public = kem_public(seed)
    _, ciphertext = encapsulate(public, randomness.take(32))
    inputs = {"seed": seed.hex(), "expanded": kem_expanded(seed).hex()}
    cases.good("decapsulate", "decapsulate", ciphertext=ciphertext.hex(), **inputs)
    altered = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    cases.good("decapsulate what was altered", "decapsulate", ciphertext=altered.hex(), **inputs)
    cases.good("decapsulate zeros", "decapsulate", ciphertext="00" * 1088, **inputs)
    cases.good("an ML-KEM key", "kem-public", public=public.hex())
    for at, name in ((0, "first"), (1149, "next to last pair's first")):
        q = public[:at] + bytes([0x01, public[at + 1] & 0xF0 | 0x0D]) + public[at + 2 :]
        cases.bad(f"an ML-KEM key whose {name} coefficient is q", "Malformed", "kem-public", public=q.hex())
    last = public[:1150] + bytes([public[1150] | 0xF0, 0xFF]) + public[1152:]
    cases.bad("an ML-KEM key whose last coefficient is 4095", "Malformed", "kem-public", public=last.hex())
    cases.cut("an ML-KEM key, cut", "kem-public", "public", {"public": public.hex()}, places(1184, 400))
    secret = randomness.take(32)
    contact = contact_public(secret)
    cases.good("a contact key of its secret", "contact-key", secret=secret.hex())
    cases.good("a contact key", "contact-public", public=contact.hex())
    unreduced = bytes([0xFF, contact[1] | 0x0F]) + contact[2:]
    cases.bad("a contact key, unreduced", "Malformed", "contact-public", public=unreduced.hex())
    cases.cut("a contact key, cut", "contact-public", "public", {"public": contact.hex()}, places(1216, 400))
