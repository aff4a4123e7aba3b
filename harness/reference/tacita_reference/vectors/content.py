"""Frames and kinds of content."""

from ..content import (
    FAREWELL,
    INTRODUCTION,
    PROFILE,
    READ,
    RECEIPT,
    RECONNECT,
    RESUMED,
    REWOUND,
    TEXT,
    TYPING,
    Frame,
    Introduction,
    Profile,
    Read,
    Receipt,
    Reconnect,
    Resumed,
    Rewound,
    Text,
    Typing,
)
from ..encoding import counted, lengthed, u16, u64
from ..people import Person
from ..randomness import Seeded
from .case import Cases

HOUR = 490_000


def build() -> Cases:
    cases = Cases("15")
    last = 2**64 - 1
    for name, frame in (
        ("of a text", Frame(1, 0, TEXT, Text(1_764_000_000_000, "hello").encode())),
        ("of nothing", Frame(0, 0, 0, b"")),
        ("of the last counters", Frame(last, last, 65535, b"\xff")),
    ):
        cases.good(f"frame {name}", "frame", bytes=frame.encode().hex())
    frame_bytes = Frame(7, 3, TEXT, b"abc").encode()
    cases.cut("frame cut", "frame", "bytes", {"bytes": frame_bytes.hex()}, list(range(len(frame_bytes))))
    cases.bad("frame with more behind", "Malformed", "frame", bytes=frame_bytes.hex() + "00")
    over = u64(1) + u64(0) + u16(2) + b"\x00\x01\x00\x01" + bytes(9)
    cases.bad("frame whose body is over the limit", "Malformed", "frame", bytes=over.hex())

    person = Person.draw(HOUR, Seeded("vectors/content"))
    record = person.reconnect_record()
    receipt = Receipt(((1, 1), (3, 9), (11, last)))
    many = Receipt(tuple((2 * n, 2 * n) for n in range(1, 17)))

    def body(name: str, kind: int, data: bytes, expected: str) -> None:
        found = cases.good(name, "content", kind=kind, body=data.hex())["content"]
        if found != expected:
            raise ValueError(f"{name}: {found}")

    body("introduction", INTRODUCTION, Introduction("Ada", person.mailbox, record).encode(), "Introduction")
    body("introduction without a name", INTRODUCTION, Introduction("", person.mailbox, record).encode(), "Introduction")
    body("longest name", INTRODUCTION, Introduction("é" * 32, person.mailbox, record).encode(), "Introduction")
    long_name = Introduction("é" * 32 + "x", person.mailbox, record).encode()
    body("introduction with too long a name", INTRODUCTION, long_name, "Damaged")
    body("introduction that is cut", INTRODUCTION, Introduction("Ada", person.mailbox, record).encode()[:-1], "Damaged")
    body("reconnect", RECONNECT, Reconnect(person.mailbox, record).encode(), "Reconnect")
    body("reconnect with more behind", RECONNECT, Reconnect(person.mailbox, record).encode() + b"\0", "Damaged")
    body("text", TEXT, Text(1_764_000_000_000, "hello, 🌍").encode(), "Text")
    body("text of nothing", TEXT, Text(0, "").encode(), "Text")
    body("text of the longest length", TEXT, Text(last, "x" * 16384).encode(), "Text")
    body("text over the limit", TEXT, Text(0, "x" * 16385).encode(), "Damaged")
    for name, wrong in (
        ("that is not UTF-8", u64(0) + lengthed(b"\xff\xfe")),
        ("with an overlong form", u64(0) + lengthed(b"\xc0\xaf")),
        ("with half a pair", u64(0) + lengthed(b"\xed\xa0\x80")),
        ("with more behind", Text(0, "x").encode() + b"\0"),
        ("that is cut", Text(0, "xy").encode()[:-1]),
        ("of no bytes", b""),
    ):
        body(f"text {name}", TEXT, wrong, "Damaged")
    body("receipt", RECEIPT, receipt.encode(), "Receipt")
    body("receipt of nothing", RECEIPT, Receipt(()).encode(), "Receipt")
    body("receipt of 16 ranges", RECEIPT, many.encode(), "Receipt")
    for name, ranges in (
        ("of 17 ranges", [(2 * n, 2 * n) for n in range(1, 18)]),
        ("from 0", [(0, 1)]),
        ("that ends before it begins", [(5, 4)]),
        ("that overlaps", [(1, 5), (5, 6)]),
        ("that descends", [(7, 8), (1, 2)]),
    ):
        body(f"receipt {name}", RECEIPT, counted([u64(a) + u64(b) for a, b in ranges]), "Damaged")
    body("receipt whose ranges touch", RECEIPT, Receipt(((1, 2), (3, 4))).encode(), "Receipt")
    body("read", READ, Read(last).encode(), "Read")
    body("read of nothing", READ, Read(0).encode(), "Damaged")
    body("read with more behind", READ, Read(1).encode() + b"\0", "Damaged")
    body("read that is cut", READ, Read(1).encode()[:-1], "Damaged")
    body("typing", TYPING, Typing(1_764_000_000_000, True).encode(), "Typing")
    body("typing no more", TYPING, Typing(last, False).encode(), "Typing")
    body("typing that is neither", TYPING, u64(0) + b"\2", "Damaged")
    body("typing with more behind", TYPING, Typing(0, True).encode() + b"\0", "Damaged")
    body("typing that is cut", TYPING, Typing(0, True).encode()[:-1], "Damaged")
    picture = b"\xff\xd8\xff" + bytes(range(32))
    body("profile", PROFILE, Profile(1, "Zoë", picture).encode(), "Profile")
    body("profile without a picture", PROFILE, Profile(2**63 - 1, "é" * 32, b"").encode(), "Profile")
    body("profile with the largest picture", PROFILE, Profile(2, "Ada", b"x" * 16384).encode(), "Profile")
    for name, unfit in (
        ("of revision 0", Profile(0, "Ada", b"")),
        ("over the last revision", Profile(2**63, "Ada", b"")),
        ("without a name", Profile(1, "", b"")),
        ("with too long a name", Profile(1, "é" * 32 + "x", b"")),
        ("with a line break", Profile(1, "A\nda", b"")),
        ("with a deleted character", Profile(1, "A\x7f", b"")),
        ("with a control character of two bytes", Profile(1, "A\x9bm", b"")),
        ("with too large a picture", Profile(1, "Ada", b"x" * 16385)),
    ):
        body(f"profile {name}", PROFILE, unfit.encode(), "Damaged")
    body("profile with a mark of direction", PROFILE, Profile(1, "A\u202e", b"").encode(), "Profile")
    body("profile with more behind", PROFILE, Profile(1, "Ada", b"").encode() + b"\0", "Damaged")
    body("profile that is cut", PROFILE, Profile(1, "Ada", picture).encode()[:-1], "Damaged")
    body("farewell", FAREWELL, b"", "Farewell")
    body("farewell with more behind", FAREWELL, b"\0", "Damaged")
    th = bytes(range(32))
    body("rewound", REWOUND, Rewound(th, 7, ((9, 9), (11, last))).encode(), "Rewound")
    body("rewound without ranges", REWOUND, Rewound(th, 0, ()).encode(), "Rewound")
    body("rewound that descends", REWOUND, Rewound(th, 0, ((7, 8), (1, 2))).encode(), "Damaged")
    body("rewound that is cut", REWOUND, Rewound(th, 7, ()).encode()[:-1], "Damaged")
    body("resumed", RESUMED, Resumed(th).encode(), "Resumed")
    body("resumed with more behind", RESUMED, Resumed(th).encode() + b"\0", "Damaged")
    body("resumed that is cut", RESUMED, Resumed(th).encode()[:-1], "Damaged")
    body("unknown kind", 500, b"anything", "Unknown")
    body("kind 0", 0, b"", "Unknown")
    body("last kind", 65535, b"\0", "Unknown")
    return cases
