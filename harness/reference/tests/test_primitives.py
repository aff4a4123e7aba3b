"""The primitives against each other's implementations, and the text's own figures."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tacita_reference import xwing
from tacita_reference.derivation import PURPOSES, hkdf_expand, hkdf_extract
from tacita_reference.errors import CannotDecrypt
from tacita_reference.people import Person
from tacita_reference.primitives import decapsulate, encapsulate, kem_expanded, kem_public
from tacita_reference.randomness import Seeded
from tacita_reference.ratchet import HEAD, HEADER

TEXT = (Path(__file__).parents[3] / "docs/PROTOCOL.md").read_text()
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def test_purposes_are_those_of_the_text() -> None:
    listed = re.search(r"Purposes: `([^`]*)`", TEXT)
    assert listed
    assert sorted(listed[1].split()) == sorted(PURPOSES)


def test_hkdf_is_that_of_another_implementation() -> None:
    draw = Seeded("hkdf").take
    for length in (1, 32, 44, 96, 255):
        salt, ikm, info = draw(32), draw(50), draw(20)
        other = HKDF(SHA256(), length, salt, info).derive(ikm)
        assert hkdf_expand(hkdf_extract(salt, ikm), info, length) == other


def test_hpke_opens_what_another_implementation_seals_and_the_reverse() -> None:
    secret = Seeded("hpke").take(32)
    seed, x_secret = xwing._expand(secret)
    private = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(seed), X25519PrivateKey.from_private_bytes(x_secret)
    )
    key = xwing.public(secret)
    public = hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(key[:1184]), X25519PublicKey.from_public_bytes(key[1184:])
    )
    sealed = SUITE.encrypt(b"plain", public, b"info")
    assert xwing.unseal(secret, b"info", b"", sealed) == b"plain"
    ours = xwing.seal(key, b"info", b"", b"plain", Seeded("m").take(64))
    assert SUITE.decrypt(ours, private, b"info") == b"plain"
    with pytest.raises(CannotDecrypt):
        xwing.unseal(secret, b"other", b"", sealed)


def test_ml_kem_is_that_of_another_implementation() -> None:
    draw = Seeded("kem").take
    seed = draw(64)
    shared, ciphertext = encapsulate(kem_public(seed), draw(32))
    assert decapsulate(seed, ciphertext) == shared
    assert kem_expanded(seed)[1152 : 1152 + 1184] == kem_public(seed)
    shared, ciphertext = MLKEM768PublicKey.from_public_bytes(kem_public(seed)).encapsulate()
    assert decapsulate(seed, ciphertext) == shared


def test_sizes_are_those_of_the_text() -> None:
    person = Person.draw(490_000, Seeded("sizes"))
    address = len(person.mailbox.address)
    table = TEXT[TEXT.index("## 24.") :]

    def stands(structure: str, *sizes: int) -> None:
        row = re.search(rf"^\| {structure} \| ([0-9,/ ]*)", table, re.MULTILINE)
        assert row, structure
        assert [int(size.replace(",", "")) for size in row[1].split("/")] == list(sizes), structure

    log = person.log.encode()
    stands("device log of one device", len(log))
    stands("certificate", len(log[75:244]))
    assert person.log.verify(person.account)[1].encode() == log[75:244]
    pairs = (person.spk, person.kem, person.contact)
    stands("prekey of kind 1, 2 / 3, 4 / 5", *(len(pair.public.encode()) for pair in pairs))
    stands("reconnect record with such a log", len(person.reconnect_record().encode()))
    stands("header", HEADER)
    assert len(person.mailbox.encode()) == 97 + address
    assert len(person.invitation.encode()) == 98 + address
    assert 1 + HEAD == 2353
    assert len(person.bundle().seal(person.invitation, bytes(24))) == 8192
