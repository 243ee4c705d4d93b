"""What may be asked of exams, and in which roles."""

from homeroom.kernel.rights import Role, declare

AUTHORS = (Role.ADMIN, Role.CAMPUS_HEAD, Role.DEAN, Role.CHAIRPERSON, Role.TEACHER)

SEE_CATALOGUE = declare(
    "exams.see_catalogue",
    *Role,
    lets="Look through vendors and published exams, and what these ask for.",
)
KEEP_CATALOGUE = declare(
    "exams.keep_catalogue",
    *AUTHORS,
    lets="Keep vendors and exams: begin, change, publish and retire them.",
)
SEE_QUESTIONS = declare(
    "exams.see_questions",
    *AUTHORS,
    lets="Look through the question bank, with its keys and explanations.",
)
WRITE_QUESTIONS = declare(
    "exams.write_questions",
    *AUTHORS,
    lets="Write questions, revise them, bring them in from files and submit them for review.",
)
REVIEW_QUESTIONS = declare(
    "exams.review_questions",
    *AUTHORS,
    lets="Say that a question may be served, or that it needs another look, or will never do.",
)
SIT = declare(
    "exams.sit",
    *Role,
    lets="Study for an exam and take it, and see one's own sittings and results.",
    everywhere=False,
)
SEE_SITTINGS = declare(
    "exams.see_sittings",
    *AUTHORS,
    lets="Look at what others' sittings came to.",
)
ACCOMMODATE = declare(
    "exams.accommodate",
    *AUTHORS,
    lets="Give somebody more time for a timed sitting that goes on.",
)
