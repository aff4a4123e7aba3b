"""A program that plays one side: one JSON object a line in, one out."""

import json
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ..errors import Refused

Json = dict[str, Any]


class Process:
    """A peer in another process."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, command: str, inputs: Mapping[str, Any] = {}) -> Json:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        stdin.write(json.dumps({"do": command, **inputs}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError("the program has ended")
        answer: Json = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer
