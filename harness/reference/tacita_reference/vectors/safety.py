"""Safety numbers and their QR codes."""

from ..encoding import u8
from ..links import to_text
from ..primitives import ed25519_public
from ..randomness import Seeded
from ..safety import fingerprint, safety_number
from .case import Cases, Json


def build() -> Cases:
    cases = Cases("20")
    randomness = Seeded("vectors/safety")
    alice, bob, eve = (ed25519_public(randomness.take(32)) for _ in range(3))

    def keys(ours: bytes, theirs: bytes) -> Json:
        return {"ours": ours.hex(), "theirs": theirs.hex()}

    at_alice = cases.good("number at one side", "safety-number", **keys(alice, bob))
    at_bob = cases.good("number at the other side", "safety-number", **keys(bob, alice))
    assert at_alice["digits"] == at_bob["digits"]
    cases.good("number of another pair", "safety-number", **keys(alice, eve))
    cases.good("scan of the other side", "scan", **keys(alice, bob), scanned=at_bob["qr"])
    cases.good("scan by the other side", "scan", **keys(bob, alice), scanned=at_alice["qr"])
    cases.good("scan with white space around", "scan", **keys(bob, alice), scanned=f" {at_alice['qr']}\n")
    for name, scanned in (
        ("of one's own code", at_alice["qr"]),
        ("of somebody else", safety_number(eve, alice)[1]),
        ("of what is meant for somebody else", safety_number(bob, eve)[1]),
    ):
        cases.bad(f"scan {name}", "SafetyNumberMismatch", "scan", **keys(alice, bob), scanned=scanned)
    ours, theirs = fingerprint(bob), fingerprint(alice)
    for name, payload in (
        ("whose shown id is another", fingerprint(eve)[:32] + ours[32:] + theirs),
        ("whose shown f is altered", ours[:-1] + bytes([ours[-1] ^ 1]) + theirs),
        ("whose meant f is altered", ours + theirs[:-1] + bytes([theirs[-1] ^ 1])),
    ):
        scanned = to_text("verify", u8(1) + payload)
        cases.bad(f"scan {name}", "SafetyNumberMismatch", "scan", **keys(alice, bob), scanned=scanned)
    newer = to_text("verify", u8(2) + ours + theirs)
    cases.bad("scan of a newer version", "UnknownVersion", "scan", **keys(alice, bob), scanned=newer)
    invite = to_text("invite", u8(1) + ours + theirs)
    cases.bad("scan of an invitation", "NotThisLink", "scan", **keys(alice, bob), scanned=invite)
    for name, payload in (("cut", (ours + theirs)[:-1]), ("with more behind", ours + theirs + b"\0")):
        scanned = to_text("verify", u8(1) + payload)
        cases.bad(f"scan that is {name}", "Malformed", "scan", **keys(alice, bob), scanned=scanned)
    mistyped = at_bob["qr"][:-1] + ("A" if at_bob["qr"][-1] != "A" else "B")
    cases.bad("scan that is mistyped", "Malformed", "scan", **keys(alice, bob), scanned=mistyped)
    return cases
