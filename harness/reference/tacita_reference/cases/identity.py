"""Operations on account ids and device logs. PROTOCOL.md §8."""

from typing import Any

from ..encoding import read_whole
from ..errors import Refused
from ..identity import Certificate, DeviceLog, account_id
from ..limits import MAX_LOG_ENTRIES
from ..primitives import ed25519_public
from .derivation import of

Json = dict[str, Any]


def run_account_id(inputs: Json) -> Json:
    (key,) = of(inputs, "key")
    return {"account": account_id(key).hex()}


def _described(log: DeviceLog, devices: dict[int, Certificate]) -> Json:
    found = [
        {"device": number, "signing": c.signing.hex(), "dh": c.dh.hex(), "created": c.created}
        for number, c in sorted(devices.items())
    ]
    return {"account": log.account().hex(), "head": log.head().hex(), "devices": found}


def device_log(inputs: Json) -> Json:
    data, account = of(inputs, "log", "account")
    log = read_whole(data, DeviceLog.read)
    devices = log.verify(account)
    return {**_described(log, devices), "log": log.encode().hex()}


def sign_log(inputs: Json) -> Json:
    """A log by the account key's seed; the first change adds device 1."""
    (seed,) = of(inputs, "seed")
    log = DeviceLog(ed25519_public(seed), ())
    for change in inputs["changes"]:
        if len(log.entries) == MAX_LOG_ENTRIES:
            raise Refused("TooLarge")
        entry: Certificate | int = change["device"]
        if change["op"] == "add":
            signing, dh = of(change, "signing", "dh")
            entry = Certificate.sign(seed, change["device"], signing, dh, change["hour"])
        log = log.append(seed, entry, change["hour"])
        log.verify(log.account())
    return {"log": log.encode().hex()}


def extends(inputs: Json) -> Json:
    newer, known = (read_whole(data, DeviceLog.read) for data in of(inputs, "newer", "known"))
    for log in (newer, known):
        log.verify(log.account())
    newer.check_extends(known)
    return {}


OPERATIONS = {
    "account-id": run_account_id,
    "device-log": device_log,
    "sign-device-log": sign_log,
    "device-log-extends": extends,
}
