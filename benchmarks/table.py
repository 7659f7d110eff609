"""Rows of figures against budgets, and the one table that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playground.juju.status import align


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    figure: str
    budget: str = ""
    """Empty where there is none, and the figure is only told."""
    met: bool = True
    counted: bool = False
    """Whether the figure is a count, the same in every run on every machine; if not, it is a noisy time."""

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no budget."""
        return ("met" if self.met else "missed") if self.budget else ""


def at_most(what: str, ratio: float, budget: float) -> Row:
    """Make the row of a ratio of times."""
    return Row(what, f"{ratio:.2f}", f"<= {budget:g}", met=ratio <= budget)


def count(what: str, figure: int, most: int) -> Row:
    """Make the row of a count."""
    return Row(what, str(figure), f"<= {most}" if most else "0", met=figure <= most, counted=True)


def table(rows: Iterable[Row]) -> str:
    """Lay rows out under their heads."""
    cells = ((row.what, row.figure, row.budget, row.verdict) for row in rows)
    return "\n".join(align([("WHAT", "FIGURE", "BUDGET", ""), *cells]))
