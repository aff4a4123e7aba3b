"""Runs one case of core/tests/vectors: an operation's name and its inputs give outputs or a refusal."""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Refused
from . import content, derivation, first_contact, identity, links, session, vault

Json = dict[str, Any]
Operation = Callable[[Json], Json]

OPERATIONS: Mapping[str, Operation] = {
    **derivation.OPERATIONS,
    **links.OPERATIONS,
    **identity.OPERATIONS,
    **first_contact.OPERATIONS,
    **session.OPERATIONS,
    **content.OPERATIONS,
    **vault.OPERATIONS,
}


def run(operation: str, inputs: Json) -> Json:
    """The outputs; raises `Refused`."""
    if operation == "each-altered":
        return _each(inputs, inputs["places"], _flip)
    if operation == "each-cut":
        return _each(inputs, inputs["lengths"], lambda data, length: data[:length])
    return OPERATIONS[operation](inputs)


def outcome(operation: str, inputs: Json) -> Json:
    """The part of a case that follows from the rest: its outputs or its error."""
    try:
        return {"outputs": run(operation, inputs)}
    except Refused as refused:
        return {"error": refused.name}


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _each(inputs: Json, changes: list[int], change: Callable[[bytes, int], bytes]) -> Json:
    """The operation with one input changed in one way after another."""
    field = inputs["field"]
    original = bytes.fromhex(inputs["inputs"][field])
    results = []
    for step in changes:
        changed = {**inputs["inputs"], field: change(original, step).hex()}
        results.append(outcome(inputs["operation"], changed).get("error", "accepted"))
    return {"results": results}
