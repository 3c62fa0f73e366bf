"""What is wrong with a configuration: every problem at its place, with the mend in the sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong. `line` and `col` count from 1; both are 0 where there is no such place (`--set`).

    >>> print(Problem(file="leftturn.yaml", line=3, col=9, path="company.currency", message="is missing"))
    leftturn.yaml:3:9: company.currency: is missing
    >>> print(Problem(file="--set nope", line=0, col=0, path="nope", message="is no setting"))
    --set nope: is no setting
    """

    file: str
    line: int
    col: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.col}" if self.line else self.file
        named = self.path and self.file != f"--set {self.path}"  # an option's key is said once
        return f"{place}: {self.path}: {self.message}" if named else f"{place}: {self.message}"


class ConfigError(ValueError):
    """The configuration cannot be used; `problems` holds everything that is wrong, in the order of the file."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
