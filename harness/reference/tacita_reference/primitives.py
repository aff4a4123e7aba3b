"""The primitives by their standards, with the checks that the protocol adds. PROTOCOL.md §7."""

import hashlib

import nacl.bindings as sodium
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from kyber_py.ml_kem import ML_KEM_768
from nacl.exceptions import BadSignatureError, CryptoError

from .derivation import signed_bytes
from .errors import CannotDecrypt, Refused

KEM_PUBLIC = 1184
KEM_CIPHERTEXT = 1088
KEM_SEED = 64
_P25519 = 2**255 - 19
_Q = 3329


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# X25519


def x25519_public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def is_canonical_x25519(public: bytes) -> bool:
    """Below p, hence with a clear top bit."""
    return int.from_bytes(public, "little") < _P25519


def x25519_unchecked(secret: bytes, public: bytes) -> bytes:
    """RFC 7748's function, as X-Wing uses it."""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        # The package refuses an all-zero result.
        return bytes(32)


def x25519(secret: bytes, public: bytes) -> bytes:
    shared = x25519_unchecked(secret, public)
    if shared == bytes(32):
        raise Refused("WeakKey")
    return shared


# Ed25519


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def is_good_ed25519(public: bytes) -> bool:
    """The one encoding of a point of prime order."""
    # libsodium looks at encoding, curve, small order and subgroup.
    return bool(sodium.crypto_core_ed25519_is_valid_point(public))


def sign(seed: bytes, purpose: str, data: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(signed_bytes(purpose, data))


def verify(public: bytes, purpose: str, data: bytes, signature: bytes) -> None:
    if not is_good_ed25519(public):
        raise Refused("WeakKey")
    try:
        # libsodium refuses S >= l, a small R and a small key, and compares R as bytes.
        sodium.crypto_sign_open(signature + signed_bytes(purpose, data), public)
    except BadSignatureError:
        raise Refused("BadSignature") from None


# ML-KEM-768; a secret is its 64 bytes d ‖ z


def kem_expanded(seed: bytes) -> bytes:
    """FIPS 203's decapsulation key, 2,400 bytes."""
    expanded: bytes = ML_KEM_768._keygen_internal(seed[:32], seed[32:])[1]
    return expanded


def kem_public(seed: bytes) -> bytes:
    return MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def is_good_kem_public(public: bytes) -> bool:
    """FIPS 203 §7.2: every coefficient is below q."""
    for at in range(0, KEM_PUBLIC - 32, 3):
        a, b, c = public[at : at + 3]
        if a | (b & 15) << 8 >= _Q or b >> 4 | c << 4 >= _Q:
            return False
    return True


def encapsulate(public: bytes, m: bytes) -> tuple[bytes, bytes]:
    """(secret, ciphertext) of 32 random bytes."""
    secret, ciphertext = ML_KEM_768._encaps_internal(public, m)
    return secret, ciphertext


def decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    return MLKEM768PrivateKey.from_seed_bytes(seed).decapsulate(ciphertext)


# Sealing


def seal_x(key: bytes, nonce: bytes, ad: bytes, plain: bytes) -> bytes:
    """XChaCha20-Poly1305: nonce 24 ‖ ciphertext ‖ tag 16."""
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, ad, nonce, key)


def open_x(key: bytes, ad: bytes, sealed: bytes) -> bytes:
    if len(sealed) < 40:
        raise CannotDecrypt
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], ad, sealed[:24], key)
    except CryptoError:
        raise CannotDecrypt from None


def seal_once(key: bytes, nonce: bytes, ad: bytes, plain: bytes) -> bytes:
    """ChaCha20-Poly1305 under a key of its own: ciphertext ‖ tag 16."""
    return ChaCha20Poly1305(key).encrypt(nonce, plain, ad)


def open_once(key: bytes, nonce: bytes, ad: bytes, sealed: bytes) -> bytes:
    if len(sealed) < 16:
        raise CannotDecrypt
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, ad)
    except InvalidTag:
        raise CannotDecrypt from None
