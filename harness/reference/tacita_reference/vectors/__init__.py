"""The vectors of core/tests/vectors, regenerated from seeds."""

import json
from collections.abc import Callable, Mapping

from . import content, derivation, device_log, handshake, invitation, padding, prekeys, ratchet, safety, vault
from .case import Cases

BUILDERS: Mapping[str, Callable[[], Cases]] = {
    "derivation": derivation.build,
    "padding": padding.build,
    "invitation": invitation.build,
    "device_log": device_log.build,
    "prekey": prekeys.build_prekeys,
    "bundle": prekeys.build_bundles,
    "handshake": handshake.build_handshakes,
    "initial": handshake.build_initials,
    "ratchet": ratchet.build_ratchet,
    "envelope": ratchet.build_envelopes,
    "content": content.build,
    "safety": safety.build,
    "vault": vault.build,
}


def text_of(structure: str) -> str:
    """The whole file of one structure."""
    return json.dumps(BUILDERS[structure]().document(structure), indent=1) + "\n"
