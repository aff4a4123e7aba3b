"""Padding, and the sizes of envelopes."""

from ..limits import BUCKETS
from .case import Cases


def build() -> Cases:
    cases = Cases("3, 14")
    for content in ("", "00", "80", "8000", "610080", "61" * 40):
        for room in (1, 2, 100):
            size = len(content) // 2 + room
            padded = cases.good(f"pad {content or 'nothing'} to {size}", "pad", content=content, size=size)["padded"]
            cases.good(f"unpad {content or 'nothing'} from {size}", "unpad", padded=padded)
    cases.bad("pad without room for the mark", "TooLarge", "pad", content="6161", size=2)
    cases.bad("pad to less", "TooLarge", "pad", content="6161", size=1)
    for name, padded in (
        ("nothing", ""),
        ("zeros", "00" * 16),
        ("no mark", "61"),
        ("a wrong mark", "618100"),
        ("something behind the mark", "618001"),
    ):
        cases.bad(f"unpad {name}", "CannotDecrypt", "unpad", padded=padded)
    for overhead, at_least in ((2369, 0), (1137, 8192), (0, 0)):
        for bucket in BUCKETS:
            for more in (-1, 0, 1):
                length = bucket - overhead - 1 + more
                inputs = {"length": length, "overhead": overhead, "at_least": at_least}
                name = f"bucket of {length} bytes and {overhead} around"
                if length + 1 + overhead > BUCKETS[-1]:
                    cases.bad(name, "TooLarge", "bucket", **inputs)
                else:
                    cases.good(name, "bucket", **inputs)
    return cases
