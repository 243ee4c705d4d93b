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
GENERATE_QUESTIONS = declare(
    "exams.generate_questions",
    *AUTHORS,
    lets="Have questions written by a machine, which may cost money.",
)
SEE_GENERATIONS = declare(
    "exams.see_generations",
    *AUTHORS,
    lets="See what came of questions that were ordered of a machine, and what they cost.",
)
SEE_STATISTICS = declare(
    "exams.see_statistics",
    *AUTHORS,
    lets="Look what exams and their questions turned out to be like, by how people answered.",
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
REGRADE = declare(
    "exams.regrade",
    *AUTHORS,
    lets="Have answers judged again, where a key was wrong.",
)
INVALIDATE = declare(
    "exams.invalidate",
    *AUTHORS,
    lets="Decide that somebody's sitting does not count, and take that back.",
)
ACCOMMODATE = declare(
    "exams.accommodate",
    *AUTHORS,
    lets="Give somebody more time for a timed sitting that goes on.",
)
SET_TIER = declare(
    "exams.set_tier",
    Role.ADMIN,
    lets="Say how much a learner may do in a day.",
)
SEE_TIER = declare(
    "exams.see_tier",
    Role.ADMIN,
    lets="Look how much a learner may do in a day, and how much of it is left.",
)
CALIBRATE = declare(
    "exams.calibrate",
    *AUTHORS,
    lets="Say what questions are like for adaptive tests, or have it learnt from answers.",
)
SEE_DISPUTES = declare(
    "exams.see_disputes",
    *AUTHORS,
    lets="Look through what learners say is wrong with questions.",
)
HANDLE_DISPUTES = declare(
    "exams.handle_disputes",
    *AUTHORS,
    lets="Answer what learners say is wrong with questions, and close it.",
)
