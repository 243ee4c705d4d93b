"""How far the marks of an exam can be relied on: formulas, over numbers that were counted."""

import math


def alpha(questions: float, of_questions: float, of_totals: float) -> float | None:
    """Cronbach's alpha of a form, which is KR-20 where every answer is right or wrong.

    *of_questions* is the sum of the questions' variances, and *of_totals* that of the sums of
    marks, both as of a population: to mix it with that of a sample makes too much of an exam.
    None where there is one question only, or all have the same total.
    """
    if questions <= 1 or of_totals <= 0:
        return None
    return min(1.0, questions / (questions - 1) * (1 - of_questions / of_totals))


def kr21(questions: float, mean: float, of_totals: float) -> float | None:
    """What alpha comes to at the least, where every answer is right or wrong and all questions
    were equally hard. *mean* is that of the sums of marks."""
    if questions <= 1 or of_totals <= 0:
        return None
    lost = mean * (questions - mean) / (questions * of_totals)
    return questions / (questions - 1) * (1 - lost)


def error_of_measurement(deviation: float, reliability: float) -> float:
    """How far a mark lies from what somebody knows, as a standard deviation (SEM)."""
    return deviation * math.sqrt(max(0.0, 1 - reliability))


def of_a_sample(variance: float, n: int) -> float:
    """The standard deviation that *n* of many show, of which *variance* is that of a population."""
    return math.sqrt(variance * n / (n - 1)) if n > 1 else 0.0
