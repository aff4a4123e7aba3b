"""HPKE (RFC 9180) base mode, single shot, with X-Wing. PROTOCOL.md §7.4."""

import hashlib

from .derivation import hkdf_expand, hkdf_extract
from .encoding import u16
from .errors import CannotDecrypt
from .primitives import (
    KEM_CIPHERTEXT,
    KEM_PUBLIC,
    decapsulate,
    encapsulate,
    is_good_kem_public,
    kem_public,
    open_once,
    seal_once,
    x25519_public,
    x25519_unchecked,
)

PUBLIC = KEM_PUBLIC + 32
ENC = KEM_CIPHERTEXT + 32
_SUITE = b"HPKE" + u16(0x647A) + u16(0x0001) + u16(0x0003)


def _expand(secret: bytes) -> tuple[bytes, bytes]:
    """d ‖ z of ML-KEM and the X25519 secret, from the 32 bytes that are kept."""
    expanded = hashlib.shake_256(secret).digest(96)
    return expanded[:64], expanded[64:]


def public(secret: bytes) -> bytes:
    seed, x_secret = _expand(secret)
    return kem_public(seed) + x25519_public(x_secret)


def is_good_public(key: bytes) -> bool:
    return is_good_kem_public(key[:KEM_PUBLIC])


def _combine(kem_secret: bytes, x_shared: bytes, x_ciphertext: bytes, x_public: bytes) -> bytes:
    return hashlib.sha3_256(kem_secret + x_shared + x_ciphertext + x_public + rb"\.//^" + b"\\").digest()


def _key_and_nonce(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180 §5.1, mode base, no psk."""

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hkdf_extract(salt, b"HPKE-v1" + _SUITE + label + ikm)

    def expand(prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
        return hkdf_expand(prk, u16(length) + b"HPKE-v1" + _SUITE + label + context, length)

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    return expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)


def seal(to: bytes, info: bytes, aad: bytes, plain: bytes, randomness: bytes) -> bytes:
    """enc 1120 ‖ ciphertext ‖ tag 16, of 64 random bytes (ML-KEM's m, then the X25519 secret)."""
    m, x_secret = randomness[:32], randomness[32:]
    kem_secret, kem_ciphertext = encapsulate(to[:KEM_PUBLIC], m)
    x_public, x_ciphertext = to[KEM_PUBLIC:], x25519_public(x_secret)
    shared = _combine(kem_secret, x25519_unchecked(x_secret, x_public), x_ciphertext, x_public)
    key, nonce = _key_and_nonce(shared, info)
    return kem_ciphertext + x_ciphertext + seal_once(key, nonce, aad, plain)


def unseal(secret: bytes, info: bytes, aad: bytes, sealed: bytes) -> bytes:
    if len(sealed) < ENC + 16:
        raise CannotDecrypt
    seed, x_secret = _expand(secret)
    kem_ciphertext, x_ciphertext = sealed[:KEM_CIPHERTEXT], sealed[KEM_CIPHERTEXT:ENC]
    x_shared = x25519_unchecked(x_secret, x_ciphertext)
    shared = _combine(decapsulate(seed, kem_ciphertext), x_shared, x_ciphertext, x25519_public(x_secret))
    key, nonce = _key_and_nonce(shared, info)
    return open_once(key, nonce, aad, sealed[ENC:])
