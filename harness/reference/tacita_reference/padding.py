"""ISO/IEC 7816-4 padding, and the sizes of envelopes. PROTOCOL.md §3, §14."""

from .errors import CannotDecrypt, Refused
from .limits import BUCKETS


def pad(content: bytes, size: int) -> bytes:
    """`pad(x, n)`."""
    if len(content) >= size:
        raise Refused("TooLarge")
    return content + b"\x80" + bytes(size - len(content) - 1)


def unpad(padded: bytes) -> bytes:
    content = padded.rstrip(b"\0")
    if not content.endswith(b"\x80"):
        raise CannotDecrypt
    return content[:-1]


def bucket_for(length: int, overhead: int, at_least: int = 0) -> int:
    """The smallest bucket that holds content, its mark and what is around them."""
    for bucket in BUCKETS:
        if bucket >= at_least and bucket >= length + 1 + overhead:
            return bucket
    raise Refused("TooLarge")
