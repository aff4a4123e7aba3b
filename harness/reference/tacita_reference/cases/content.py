"""Operations on frames and content. PROTOCOL.md §15."""

from typing import Any

from ..content import (
    Damaged,
    Farewell,
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
    Unknown,
    decode_content,
)
from ..encoding import read_whole
from .derivation import of

Json = dict[str, Any]


def frame(inputs: Json) -> Json:
    (data,) = of(inputs, "bytes")
    found = read_whole(data, Frame.read)
    return {
        "counter": str(found.counter),
        "seen_up_to": str(found.seen_up_to),
        "kind": found.kind,
        "body": found.body.hex(),
    }


def content(inputs: Json) -> Json:
    (body,) = of(inputs, "body")
    match decode_content(inputs["kind"], body):
        case Introduction(name, descriptor, record):
            return {
                "content": "Introduction",
                "name": name,
                "descriptor": descriptor.encode().hex(),
                "record": record.encode().hex(),
            }
        case Text(sent_at_ms, text):
            return {"content": "Text", "sent_at_ms": str(sent_at_ms), "text": text}
        case Receipt(ranges):
            return {"content": "Receipt", "ranges": pairs(ranges)}
        case Read(up_to):
            return {"content": "Read", "up_to": str(up_to)}
        case Typing(sent_at_ms, writing):
            return {"content": "Typing", "sent_at_ms": str(sent_at_ms), "writing": writing}
        case Profile(revision, name, picture):
            return {"content": "Profile", "revision": str(revision), "name": name, "picture": picture.hex()}
        case Farewell():
            return {"content": "Farewell"}
        case Rewound(th, up_to, ranges):
            return {"content": "Rewound", "th": th.hex(), "up_to": str(up_to), "ranges": pairs(ranges)}
        case Resumed(th):
            return {"content": "Resumed", "th": th.hex()}
        case Reconnect(descriptor, record):
            return {
                "content": "Reconnect",
                "descriptor": descriptor.encode().hex(),
                "record": record.encode().hex(),
            }
        case Unknown(kind, whole):
            return {"content": "Unknown", "kind": kind, "body": whole.hex()}
        case Damaged(kind, whole):
            return {"content": "Damaged", "kind": kind, "body": whole.hex()}


def pairs(ranges: tuple[tuple[int, int], ...]) -> list[list[str]]:
    return [[str(first), str(last)] for first, last in ranges]


OPERATIONS = {"frame": frame, "content": content}
