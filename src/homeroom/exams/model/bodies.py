"""Every kind of question there is."""

from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.written import Numeric, ShortAnswer

Body = Single | Multiple | TrueFalse | ShortAnswer | Numeric | Matching | Ordering
