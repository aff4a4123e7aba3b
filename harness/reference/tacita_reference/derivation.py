"""Labelled hashes, key derivation and their labels. PROTOCOL.md §4, §7."""

import hashlib
import hmac

from .encoding import lengthed, u8, u16, u32

NO_SALT = bytes(32)

PURPOSES = frozenset(
    [
        "dev/cert",
        "dev/log",
        "dev/log-hash",
        "vault/aik",
        "vault/rs",
        "vault/rs-check",
        "prekey/spk",
        "prekey/opk",
        "prekey/pq",
        "prekey/lr",
        "prekey/contact",
        "prekey/bundle",
        "pile/claim",
        "pile/seal",
        "hs/th",
        "hs/sk",
        "hs/init",
        "env/init",
        "rk",
        "mk/aead",
        "row/seal",
        "inbox/seal",
        "safety",
    ]
)


def _label(purpose: str) -> bytes:
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose}")
    return u8(len(purpose)) + purpose.encode("ascii")


def labelled_hash(label: str, data: bytes) -> bytes:
    """`LH(label, x)`, for what a relay sees."""
    return hashlib.sha256(u8(len(label)) + label.encode("ascii") + data).digest()


def lx(purpose: str, context: bytes, length: int) -> bytes:
    return u16(length) + b"tacita1" + _label(purpose) + lengthed(context)


def derive_hash(purpose: str, data: bytes) -> bytes:
    """`H(p, x)`."""
    return hashlib.sha256(b"tacita1-hash" + _label(purpose) + lengthed(data)).digest()


def signed_bytes(purpose: str, data: bytes) -> bytes:
    """What a signature is over."""
    return b"tacita1-sig" + _label(purpose) + lengthed(data)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac_sha256(salt, ikm)


def hkdf_expand(prk: bytes, info: bytes, length: int) -> bytes:
    output, block = b"", b""
    while len(output) < length:
        block = hmac_sha256(prk, block + info + u8(len(output) // 32 + 1))
        output += block
    return output[:length]


def derive(ikm: bytes, salt: bytes, purpose: str, context: bytes, length: int) -> bytes:
    """`D(ikm, salt, p, ctx, L)`."""
    labelled = b"tacita1-ikm" + _label(purpose) + u32(len(ikm)) + ikm
    return hkdf_expand(hkdf_extract(salt, labelled), lx(purpose, context, length), length)
