"""Operations on recovery secrets and account vaults. PROTOCOL.md §9."""

from typing import Any

from ..encoding import read_whole
from ..vault import Vault, parse_recovery, recovery_text
from .derivation import of

Json = dict[str, Any]


def recovery(inputs: Json) -> Json:
    """The text of the secret that a text gives: one form for all ways of typing it."""
    return {"text": recovery_text(parse_recovery(inputs["text"]))}


def vault(inputs: Json) -> Json:
    (data,) = of(inputs, "vault")
    found = read_whole(data, Vault.read)
    return {"seed": found.open(parse_recovery(inputs["recovery"])).hex(), "vault": found.encode().hex()}


OPERATIONS = {"recovery-secret": recovery, "vault": vault}
