"""One case of a vector file, made and tried."""

from typing import Any

from ..cases import outcome

Json = dict[str, Any]


class Cases:
    """The cases of one file, in order."""

    def __init__(self, sections: str) -> None:
        self.sections = sections
        self.cases: list[Json] = []

    def good(self, name: str, operation: str, /, **inputs: Any) -> Json:
        """A case that has outputs; gives them."""
        result = outcome(operation, inputs)
        if "outputs" not in result:
            raise ValueError(f"{name}: refused with {result['error']}")
        self._add(name, operation, inputs, result)
        outputs: Json = result["outputs"]
        return outputs

    def bad(self, name: str, error: str, operation: str, /, **inputs: Any) -> None:
        """A case that is refused with this error."""
        result = outcome(operation, inputs)
        if result != {"error": error}:
            raise ValueError(f"{name}: {error} was due, not {str(result)[:80]}")
        self._add(name, operation, inputs, result)

    def altered(self, name: str, operation: str, field: str, inputs: Json, places: list[int]) -> None:
        """One bit flipped at each of these places, one after another: each is refused."""
        self._each("each-altered", name, {"operation": operation, "field": field, "inputs": inputs, "places": places})

    def cut(self, name: str, operation: str, field: str, inputs: Json, lengths: list[int]) -> None:
        """Cut at each of these lengths: each is refused."""
        self._each("each-cut", name, {"operation": operation, "field": field, "inputs": inputs, "lengths": lengths})

    def _each(self, each: str, name: str, inputs: Json) -> None:
        if "accepted" in self.good(name, each, **inputs)["results"]:
            raise ValueError(f"{name}: a change was accepted")

    def _add(self, name: str, operation: str, inputs: Json, result: Json) -> None:
        if any(case["name"] == name for case in self.cases):
            raise ValueError(f"two cases are called {name}")
        self.cases.append({"name": name, "operation": operation, "inputs": inputs, **result})

    def document(self, structure: str) -> Json:
        return {"structure": structure, "sections": self.sections, "cases": self.cases}


def places(length: int, every: int) -> list[int]:
    """Some places, the first and the last among them."""
    return sorted({*range(0, length, every), length - 1})
