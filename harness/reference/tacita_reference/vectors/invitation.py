"""Addresses, descriptors, relay links, invitations."""

from ..encoding import opt, u8
from ..invitation import Invitation
from ..links import Descriptor, to_text, write_address
from ..randomness import Seeded
from .case import Cases

GOOD_ADDRESSES = ["relay.example:443", "127.0.0.1:1", "[::1]:65535", "a:0443", "A-b.c:80", "h" * 124 + ":443"]
BAD_ADDRESSES = [
    "",
    "relay.example",
    "relay.example:",
    ":443",
    "relay.example:0",
    "relay.example:65536",
    "relay.example:4430000000",
    "relay.example:-1",
    "relay.example:+443",
    "relay.example:443 ",
    "relay.example:4a",
    "relay_example:443",
    "relay.example/x:443",
    "user@relay.example:443",
    "rél.example:443",
    "relay.example:٤",
    "h" * 125 + ":443",
]


def build() -> Cases:
    cases = Cases("2, 4.3, 4.4, 6")
    for text in GOOD_ADDRESSES:
        cases.good(f"address {text[:20]}", "address", text=text.encode().hex())
    for text in BAD_ADDRESSES:
        cases.bad(f"address refused: {text[:30] or 'nothing'}", "Malformed", "address", text=text.encode().hex())
    randomness = Seeded("vectors/invitation")
    draw = randomness.take
    address = b"relay.example:443"

    descriptor = Descriptor(address, draw(32), draw(32), draw(32)).encode()
    cases.good("descriptor", "descriptor", bytes=descriptor.hex())
    cases.cut("descriptor cut", "descriptor", "bytes", {"bytes": descriptor.hex()}, list(range(len(descriptor))))
    cases.bad("descriptor with more behind", "Malformed", "descriptor", bytes=descriptor.hex() + "00")
    no_port = write_address(b"relay.example") + descriptor[18:]
    cases.bad("descriptor without a port", "Malformed", "descriptor", bytes=no_port.hex())

    for name, code in (("open", None), ("with a join code", draw(16))):
        payload = u8(1) + write_address(address) + draw(32) + opt(code)
        cases.good(f"relay link, {name}", "relay-link", text=to_text("relay", payload))
        more = to_text("relay", payload + b"\0")
        cases.bad(f"relay link, {name}, with more behind", "Malformed", "relay-link", text=more)
    wrong_ticket = to_text("relay", u8(1) + write_address(address) + draw(32) + u8(2))
    cases.bad("relay link with a ticket of another kind", "Malformed", "relay-link", text=wrong_ticket)

    reader = draw(32).hex()
    invitation = Invitation(address, draw(32), draw(32), draw(32))
    text = invitation.to_text()
    cases.good("invitation", "invitation", text=text, reader=reader)
    cases.good("invitation with white space around", "invitation", text=f"\n {text}\t\r\n", reader=reader)
    other = Invitation(b"h" * 124 + b":443", draw(32), draw(32), draw(32))
    cases.good("invitation with the longest address", "invitation", text=other.to_text(), reader=reader)
    own = invitation.account.hex()
    cases.bad("invitation of one's own", "OwnInvitation", "invitation", text=text, reader=own)

    payload = invitation.encode()
    newer = to_text("invite", u8(2) + payload[1:])
    cases.bad("invitation of a newer version", "UnknownVersion", "invitation", text=newer, reader=reader)
    for name, wrong in (
        ("of another kind", to_text("relay", payload)),
        ("with another scheme", text.replace("tacita", "https")),
        ("in capitals", text.replace("tacita://invite", "TACITA://INVITE")),
        ("that is empty", ""),
        ("without its end of the kind", text.replace("invite/", "invite")),
    ):
        cases.bad(f"link {name}", "NotThisLink", "invitation", text=wrong, reader=reader)
    for name, wrong in (
        ("with more behind", to_text("invite", payload + b"\0")),
        ("with a shorter payload", to_text("invite", payload[:-1])),
        ("with padding", text + "="),
        ("with white space within", text[:60] + "\n" + text[60:]),
        ("of the other alphabet", text[:-5] + "+" + text[-4:]),
        ("over 1,024 characters", text + "A" * 1024),
        ("without a payload", "tacita://invite/"),
    ):
        cases.bad(f"invitation {name}", "Malformed", "invitation", text=wrong, reader=reader)
    # The last character of this length carries spare bits: one other text would decode to the same bytes.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
    cases.bad("invitation with spare bits set", "Malformed", "invitation", text=spare, reader=reader)
    for place in range(16, len(text), 9):
        wrong = text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]
        cases.bad(f"invitation mistyped at {place}", "Malformed", "invitation", text=wrong, reader=reader)
        cut = text[:place]
        cases.bad(f"invitation cut at {place}", "Malformed", "invitation", text=cut, reader=reader)
    return cases
