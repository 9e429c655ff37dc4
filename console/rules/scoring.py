"""What answers amount to in points: an outcome by dimension, and the 100-point sheet of aftercare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from console.rules.triage import UNSURE, Answer

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Rated:
    """One question of an outcome set: its dimension, its options from best to worst."""

    question: str
    dimension: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One dimension of an outcome.

    Args:
        dimension: aesthetic, safety, function or mood.
        percent: 100 when every answer is the best there is, 0 when every one is the worst; None without an
            answer.
        answered, of: questions answered, and questions in the set.
    """

    dimension: str
    percent: int | None
    answered: int
    of: int


def by_dimension(rated: Iterable[Rated], answers: Mapping[str, Answer]) -> tuple[DimensionScore, ...]:
    """An outcome by dimension, as the patient tells it; a clinician's finding is another thing (S1-OUTC-01).

    Args:
        rated: the set's questions which apply to the procedure.
        answers: by question code; "unsure" and what is no option count as not answered.

    Returns:
        One score per dimension, in the order of its first question.
    """
    points: dict[str, list[Fraction]] = {}
    asked: dict[str, int] = {}
    for one in rated:
        asked[one.dimension] = asked.get(one.dimension, 0) + 1
        given = points.setdefault(one.dimension, [])
        answer = answers.get(one.question)
        if answer != UNSURE and answer in one.options and len(one.options) > 1:
            worst = len(one.options) - 1
            given.append(1 - Fraction(one.options.index(str(answer)), worst))
    return tuple(
        DimensionScore(
            dimension,
            round(PERCENT * sum(points[dimension], Fraction(0)) / len(points[dimension]))
            if points[dimension]
            else None,
            len(points[dimension]),
            of,
        )
        for dimension, of in asked.items()
    )


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One indicator of the 100-point sheet and the points it is worth."""

    code: str
    points: int


@dataclass(frozen=True, slots=True)
class SheetScore:
    """The sheet as far as it is filled in; `passed` is None while an indicator is open that could decide."""

    points: int
    of: int
    open: tuple[str, ...]
    passed: bool | None


def score_sheet(sheet: Sequence[SheetLine], given: Mapping[str, int], pass_mark: int) -> SheetScore:
    """The 100-point sheet (S3-STD-01: 100 points, 70 pass).

    Args:
        sheet: the indicators.
        given: points given by indicator code.
        pass_mark: points that pass.

    Returns:
        Points so far. Passed as soon as the mark is reached, failed as soon as it can't be any more.

    Raises:
        ValueError: points for no indicator of the sheet, or outside what it is worth.
    """
    worth = {line.code: line.points for line in sheet}
    for code, points in given.items():
        if code not in worth:
            raise ValueError(f"no indicator {code!r}")
        if not 0 <= points <= worth[code]:
            raise ValueError(f"{code} is worth 0 to {worth[code]} points, not {points}")
    points = sum(given.values())
    left = tuple(code for code in worth if code not in given)
    reachable = points + sum(worth[code] for code in left)
    passed = True if points >= pass_mark else False if reachable < pass_mark else None
    return SheetScore(points, sum(worth.values()), left, passed)
