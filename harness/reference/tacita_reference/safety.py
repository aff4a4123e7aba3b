"""Safety numbers. PROTOCOL.md §20."""

import hmac

from .derivation import derive_hash
from .encoding import Reader, read_whole, u8, u16
from .errors import Refused
from .identity import account_id
from .links import parse_text, to_text
from .primitives import sha256

ROUNDS = 5200


def fingerprint(account_key: bytes) -> bytes:
    """account id ‖ f."""
    account = account_id(account_key)
    f = derive_hash("safety", u16(1) + account_key + account)
    for _ in range(ROUNDS):
        f = sha256(f + account_key)
    return account + f


def _digits(print_: bytes) -> str:
    f = print_[32:]
    return "".join(f"{int.from_bytes(f[at : at + 5], 'big') % 100_000:05}" for at in range(0, 30, 5))


def safety_number(ours: bytes, theirs: bytes) -> tuple[str, str]:
    """60 digits, the same on both sides, and the link that one side shows as a QR code."""
    our_print, their_print = fingerprint(ours), fingerprint(theirs)
    digits = "".join(_digits(p) for p in sorted((our_print, their_print), key=lambda p: p[:32]))
    return digits, to_text("verify", u8(1) + our_print + their_print)


def _read(reader: Reader) -> tuple[bytes, bytes]:
    reader.version()
    return reader.raw(64), reader.raw(64)


def verify_scan(ours: bytes, theirs: bytes, scanned: str) -> None:
    shown_by, meant_for = read_whole(parse_text("verify", scanned), _read)
    same = [hmac.compare_digest(shown_by, fingerprint(theirs)), hmac.compare_digest(meant_for, fingerprint(ours))]
    if not all(same):
        raise Refused("SafetyNumberMismatch")
