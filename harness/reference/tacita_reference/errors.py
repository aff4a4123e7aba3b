"""The ways to refuse, by the names of PROTOCOL.md §23."""


class Refused(Exception):
    """Something was refused; nothing has changed by it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Malformed(Refused):
    """Bytes are not of the expected form."""

    def __init__(self) -> None:
        super().__init__("Malformed")


class CannotDecrypt(Refused):
    """It does not open; the reasons are not told apart."""

    def __init__(self) -> None:
        super().__init__("CannotDecrypt")
