"""Recovery secrets and account vaults."""

from dataclasses import replace

from ..derivation import lx
from ..identity import account_id
from ..primitives import ed25519_public, seal_x
from ..randomness import Seeded
from ..vault import ALPHABET, Vault, recovery_text
from .case import Cases, Json


def build() -> Cases:
    cases = Cases("9")
    draw = Seeded("vectors/vault").take
    secret = draw(32)
    text = recovery_text(secret)
    for name, typed in (
        ("as it is shown", text),
        ("in small letters", text.lower()),
        ("without dashes", text.replace("-", "")),
        ("with spaces and line ends", text.replace("-", " \n") + "\t"),
        ("with letters for digits", text.replace("0", "O").replace("1", "l")),
        ("of zeros", recovery_text(bytes(32))),
        ("of ones", recovery_text(b"\xff" * 32)),
    ):
        cases.good(f"recovery secret {name}", "recovery-secret", text=typed)
    last = ALPHABET[ALPHABET.index(text[-1]) ^ 1]
    for name, typed in (
        ("that is empty", ""),
        ("that is cut", text[:-1]),
        ("that is longer", text + "0"),
        ("with a letter that is none of it", "U" + text[1:]),
        ("with a sign that is none of it", "!" + text[1:]),
        ("with other check bits", text[:-1] + last),
    ):
        cases.bad(f"recovery secret {name}", "MistypedRecoverySecret", "recovery-secret", text=typed)

    seed, other = draw(32), draw(32)
    sealed = Vault.seal(seed, [secret], draw(32), [draw(24), draw(24)])

    def inputs(vault: Vault, recovery: bytes = secret) -> Json:
        return {"vault": vault.encode().hex(), "recovery": recovery_text(recovery)}

    cases.good("vault", "vault", **inputs(sealed))
    two = Vault.seal(seed, [other, secret], draw(32), [draw(24) for _ in range(3)])
    cases.good("vault with two unlockers", "vault", **inputs(two))
    cases.good("vault with two unlockers, by the other", "vault", **inputs(two, other))
    eight = Vault.seal(seed, [draw(32) for _ in range(7)] + [secret], draw(32), [draw(24) for _ in range(9)])
    cases.good("vault with eight unlockers", "vault", **inputs(eight))
    cases.bad("vault with another secret", "CannotDecrypt", "vault", **inputs(sealed, other))
    cases.altered("vault altered", "vault", "vault", inputs(sealed), list(range(len(sealed.encode()))))
    cases.cut("vault cut", "vault", "vault", inputs(sealed), list(range(0, len(sealed.encode()), 7)))
    cases.bad("vault without unlockers", "Malformed", "vault", **inputs(replace(sealed, wraps=())))
    nine = replace(eight, wraps=(*eight.wraps, sealed.wraps[0]))
    cases.bad("vault with nine unlockers", "Malformed", "vault", **inputs(nine))
    data = sealed.encode()
    of_kind_2 = data[:106] + b"\x02" + data[107:]
    cases.bad("vault with an unknown unlocker", "Malformed", "vault", **{**inputs(sealed), "vault": of_kind_2.hex()})
    newer = b"\x02" + data[1:]
    cases.bad("vault of another version", "UnknownVersion", "vault", **{**inputs(sealed), "vault": newer.hex()})
    more = {**inputs(sealed), "vault": data.hex() + "00"}
    cases.bad("vault with more behind", "Malformed", "vault", **more)
    # Sealed as this account's, and another key within.
    vault_key, nonces = draw(32), [draw(24), draw(24)]
    account = account_id(ed25519_public(seed))
    swapped = Vault.seal(seed, [secret], vault_key, nonces)
    wrong = replace(swapped, sealed_seed=seal_x(vault_key, draw(24), lx("vault/aik", account, 0), other))
    cases.bad("vault with another account's key within", "CannotDecrypt", "vault", **inputs(wrong))
    return cases
