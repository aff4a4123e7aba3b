"""Operations on primitives, derivations and padding. PROTOCOL.md §4, §7, §14."""

from typing import Any

from .. import derivation as d
from .. import primitives as p
from .. import xwing
from ..encoding import Reader, read_whole
from ..errors import Malformed
from ..identity import read_signing_key, read_x25519_key
from ..padding import bucket_for, pad, unpad

Json = dict[str, Any]


def of(inputs: Json, *names: str) -> list[bytes]:
    return [bytes.fromhex(inputs[name]) for name in names]


def derive(inputs: Json) -> Json:
    ikm, salt, context = of(inputs, "ikm", "salt", "context")
    return {"output": d.derive(ikm, salt, inputs["purpose"], context, inputs["length"]).hex()}


def derive_hash(inputs: Json) -> Json:
    (data,) = of(inputs, "data")
    return {"hash": d.derive_hash(inputs["purpose"], data).hex()}


def capability(inputs: Json) -> Json:
    (data,) = of(inputs, "data")
    return {"hash": d.labelled_hash(f"tacita1/{inputs['kind']}", data).hex()}


def sign(inputs: Json) -> Json:
    seed, data = of(inputs, "seed", "data")
    return {"public": p.ed25519_public(seed).hex(), "signature": p.sign(seed, inputs["purpose"], data).hex()}


def verify(inputs: Json) -> Json:
    public, data, signature = of(inputs, "public", "data", "signature")
    key = read_whole(public, read_signing_key)
    p.verify(key, inputs["purpose"], data, signature)
    return {}


def agree(inputs: Json) -> Json:
    secret, public = of(inputs, "secret", "public")
    return {"shared": p.x25519(secret, read_whole(public, read_x25519_key)).hex()}


def decapsulate(inputs: Json) -> Json:
    seed, ciphertext = of(inputs, "seed", "ciphertext")
    return {"shared": p.decapsulate(seed, ciphertext).hex()}


def _read_checked(reader: Reader, length: int, good: Any) -> bytes:
    key = reader.raw(length)
    if not good(key):
        raise Malformed
    return key


def kem_public(inputs: Json) -> Json:
    (public,) = of(inputs, "public")
    read_whole(public, lambda r: _read_checked(r, p.KEM_PUBLIC, p.is_good_kem_public))
    return {}


def contact_public(inputs: Json) -> Json:
    (public,) = of(inputs, "public")
    read_whole(public, lambda r: _read_checked(r, xwing.PUBLIC, xwing.is_good_public))
    return {}


def contact_key(inputs: Json) -> Json:
    (secret,) = of(inputs, "secret")
    return {"public": xwing.public(secret).hex()}


def unseal(inputs: Json) -> Json:
    key, ad, sealed = of(inputs, "key", "ad", "sealed")
    return {"plain": p.open_x(key, ad, sealed).hex()}


def run_pad(inputs: Json) -> Json:
    (content,) = of(inputs, "content")
    return {"padded": pad(content, inputs["size"]).hex()}


def run_unpad(inputs: Json) -> Json:
    (padded,) = of(inputs, "padded")
    return {"content": unpad(padded).hex()}


def bucket(inputs: Json) -> Json:
    return {"bucket": bucket_for(inputs["length"], inputs["overhead"], inputs["at_least"])}


OPERATIONS = {
    "derive": derive,
    "hash": derive_hash,
    "capability": capability,
    "sign": sign,
    "verify": verify,
    "agree": agree,
    "decapsulate": decapsulate,
    "kem-public": kem_public,
    "contact-public": contact_public,
    "contact-key": contact_key,
    "unseal": unseal,
    "pad": run_pad,
    "unpad": run_unpad,
    "bucket": bucket,
}
