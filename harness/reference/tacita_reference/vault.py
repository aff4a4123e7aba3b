"""The account vault and the recovery secret that opens it. PROTOCOL.md §9."""

from dataclasses import dataclass

from .derivation import derive, derive_hash, lx
from .encoding import Reader, u8
from .errors import CannotDecrypt, Malformed, Refused
from .identity import account_id, read_signing_key
from .primitives import ed25519_public, open_x, seal_x

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = 52
_RECOVERY = 1
_MAX_WRAPS = 8
_SEALED_KEY = 24 + 32 + 16
_MISREAD = str.maketrans("OIL", "011")


def _check_bits(secret: bytes) -> int:
    return derive_hash("vault/rs-check", secret)[0] >> 4


def recovery_text(secret: bytes) -> str:
    bits = int.from_bytes(secret, "big") << 4 | _check_bits(secret)
    characters = "".join(ALPHABET[bits >> 5 * (_CHARACTERS - 1 - n) & 31] for n in range(_CHARACTERS))
    return "-".join(characters[at : at + 4] for at in range(0, _CHARACTERS, 4))


def parse_recovery(text: str) -> bytes:
    characters = "".join(text.split()).replace("-", "").upper().translate(_MISREAD)
    if len(characters) != _CHARACTERS or any(c not in ALPHABET for c in characters):
        raise Refused("MistypedRecoverySecret")
    bits = 0
    for character in characters:
        bits = bits << 5 | ALPHABET.index(character)
    secret = (bits >> 4).to_bytes(32, "big")
    if bits & 15 != _check_bits(secret):
        raise Refused("MistypedRecoverySecret")
    return secret


def _wrapping_key(recovery: bytes, account: bytes) -> bytes:
    return derive(recovery, account, "vault/rs", b"", 32)


@dataclass(frozen=True)
class Vault:
    """An account key, sealed under a vault key that is wrapped for each unlocker."""

    account_key: bytes
    sealed_seed: bytes
    wraps: tuple[bytes, ...]

    @classmethod
    def read(cls, reader: Reader) -> "Vault":
        reader.version()
        key, seed = read_signing_key(reader), reader.raw(_SEALED_KEY)
        count = reader.u8()
        if not 1 <= count <= _MAX_WRAPS:
            raise Malformed
        return cls(key, seed, tuple(_read_wrap(reader) for _ in range(count)))

    def encode(self) -> bytes:
        wraps = b"".join(u8(_RECOVERY) + wrap for wrap in self.wraps)
        return u8(1) + self.account_key + self.sealed_seed + u8(len(self.wraps)) + wraps

    @classmethod
    def seal(cls, account_seed: bytes, recoveries: list[bytes], vault_key: bytes, nonces: list[bytes]) -> "Vault":
        key = ed25519_public(account_seed)
        account = account_id(key)
        sealed = seal_x(vault_key, nonces[0], lx("vault/aik", account, 0), account_seed)
        wraps = tuple(
            seal_x(_wrapping_key(recovery, account), nonce, u8(_RECOVERY) + account, vault_key)
            for recovery, nonce in zip(recoveries, nonces[1:], strict=True)
        )
        return cls(key, sealed, wraps)

    def open(self, recovery: bytes) -> bytes:
        """The account key's seed."""
        account = account_id(self.account_key)
        for wrap in self.wraps:
            try:
                vault_key = open_x(_wrapping_key(recovery, account), u8(_RECOVERY) + account, wrap)
            except CannotDecrypt:
                continue
            seed = open_x(vault_key, lx("vault/aik", account, 0), self.sealed_seed)
            if ed25519_public(seed) != self.account_key:
                raise CannotDecrypt
            return seed
        raise CannotDecrypt


def _read_wrap(reader: Reader) -> bytes:
    if reader.u8() != _RECOVERY:
        raise Malformed
    return reader.raw(_SEALED_KEY)
