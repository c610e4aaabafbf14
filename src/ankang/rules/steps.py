"""The arithmetic of a line, recorded as it was done: each step can be read out, stored and evaluated again.

A step is a formula (what the numbers are) and the numbers: its inputs, then its result. Keeping the two apart makes a
full trace cost a few tuples a line.
"""

from functools import partial
from typing import NamedTuple

from ankang.rules.money import share_half_up


class Formula(NamedTuple):
    """`op`: `-` (never below 0), `x`, `min`, `share` (a percentage, half up), `take` (a figure of the plan).

    `inputs` and the result are named, with a unit each: fen, unit, day, age, percent.
    """

    op: str
    inputs: tuple[tuple[str, str], ...]
    label: str
    unit: str = "fen"


class Term(NamedTuple):
    label: str
    value: int
    unit: str


class Step(NamedTuple):
    formula: Formula
    values: tuple[int, ...]

    @property
    def op(self) -> str:
        return self.formula.op

    @property
    def label(self) -> str:
        return self.formula.label

    @property
    def unit(self) -> str:
        return self.formula.unit

    @property
    def value(self) -> int:
        return self.values[-1]

    @property
    def terms(self) -> tuple[Term, ...]:
        pairs = zip(self.formula.inputs, self.values, strict=False)
        return tuple(Term(label, value, unit) for (label, unit), value in pairs)


step = partial(tuple.__new__, Step)  # a third of the cost of Step(...), same value


def evaluate(done: Step) -> int:
    """Return what a step's inputs come to: a stored trace is right where this equals `done.value`."""
    inputs = done.values[:-1]
    if done.op == "-":
        return max(0, inputs[0] - sum(inputs[1:]))
    if done.op == "x":
        product = 1
        for value in inputs:
            product *= value
        return product
    if done.op == "min":
        return min(inputs)
    if done.op == "share":
        return share_half_up(inputs[0], inputs[1], 100)
    return done.value  # 'take': the plan's own figure
