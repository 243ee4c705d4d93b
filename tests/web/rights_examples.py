"""One request for each thing that an endpoint may ask a right for, and whom it would concern.

Whoever adds an endpoint adds a line here, or one to `OPEN` in `open_endpoints`, with a reason.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from rights_adaptive import OF_POOLS, OWN_ADAPTIVE
from rights_example import Example
from rights_exams import OF_EXAMS
from rights_others_sittings import OF_OTHERS_SITTINGS
from rights_posts import OF_POSTS
from rights_progress import OWN_PROGRESS
from rights_roster import OF_ROSTER
from rights_sittings import OWN_SITTINGS
from rights_subjects import (
    Subject,
    a_cancelled_job,
    a_consent,
    a_dead_letter,
    a_district,
    a_house_task,
    a_job,
    a_key,
    a_person,
    a_placed_institution,
    a_super_admins_key,
    a_tag,
    a_task,
    a_watched_task,
    a_webhook,
    an_administrator,
    an_administrators_invitation,
    an_entry,
    an_execution,
    an_invitation,
)
from rights_tiers import OF_TIERS, OWN_REMARKS

from homeroom.compliance.model import rights as compliance
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import new_id
from homeroom.operations import rights as operations
from homeroom.people.model import rights as people
from homeroom.roster.model import rights as roster
from homeroom.scheduling.model import rights as scheduling
from homeroom_entrypoints.composition.facade import Homeroom

_BACKFILL = {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
_HOUSE_TASK: Any = {"found": scheduling.CHANGE_HOUSE_TASK, "concerns": a_house_task}


def of_tasks(api: str) -> list[Example]:
    """What stands under the seed's address and under ours."""
    one = f"{api}/tasks/{{task_id}}"
    new = {"name": "new", "schedule": "0 0 1 1 *"}
    return [
        Example(f"POST {api}/tasks", scheduling.CREATE_TASK, body=new),
        Example(f"GET {api}/tasks", scheduling.SEE_TASKS, listed=a_task),
        Example(f"GET {one}", scheduling.SEE_TASKS, concerns=a_task),
        Example(f"PATCH {one}", scheduling.UPDATE_TASK, concerns=a_task, body={"name": "other"}),
        Example(f"PATCH {one}", scheduling.UPDATE_TASK, **_HOUSE_TASK, body={"tags": ["system"]}),
        Example(f"DELETE {one}", scheduling.DELETE_TASK, concerns=a_task),
        Example(f"POST {one}/toggle", scheduling.TOGGLE_TASK, concerns=a_task),
        Example(f"POST {one}/toggle", scheduling.TOGGLE_TASK, **_HOUSE_TASK),
        Example(f"GET {one}/logs", scheduling.SEE_RUNS, concerns=a_task),
        Example(f"GET {api}/logs", scheduling.SEE_RUNS),
        Example(f"GET {api}/logs", scheduling.SEE_RUNS, concerns=a_task, query="taskId={id}"),
        Example(f"GET {api}/dashboard/stats", scheduling.SEE_TASKS),
        Example(f"GET {api}/tasks/dashboard/stats", scheduling.SEE_TASKS),
    ]


_TASK, _TAG = "/api/v1/tasks/{task_id}", "/api/v1/tags/{tag}"
_SECRET = f"{_TASK}/signing-secret"
_LOG_MESSAGE = {"payload": {"content": "hello"}, "notifier": "log"}

OF_SCHEDULING = [
    *of_tasks("/api/v1"),
    *of_tasks("/api"),
    Example(f"POST {_TASK}/pause", scheduling.PAUSE_TASK, concerns=a_task),
    Example(f"POST {_TASK}/pause", scheduling.PAUSE_TASK, **_HOUSE_TASK),
    Example(f"POST {_TASK}/resume", scheduling.RESUME_TASK, concerns=a_task),
    Example(f"POST {_TASK}/resume", scheduling.RESUME_TASK, **_HOUSE_TASK),
    Example(f"POST {_TASK}/run", scheduling.RUN_TASK, concerns=a_task),
    Example(f"POST {_TASK}/backfill", scheduling.SEE_TASKS, concerns=a_task, body=_BACKFILL),
    Example(
        f"POST {_TASK}/backfill",
        scheduling.BACKFILL_TASK,
        concerns=a_task,
        body={**_BACKFILL, "dryRun": False},
    ),
    Example(f"PUT {_TASK}/watch", scheduling.WATCH_TASK, concerns=a_task, body={"every": 3600}),
    Example(f"GET {_TASK}/watch", scheduling.SEE_TASKS, concerns=a_watched_task),
    Example(f"DELETE {_TASK}/watch", scheduling.WATCH_TASK, concerns=a_watched_task),
    Example(f"GET {_SECRET}", scheduling.SEE_SECRET, concerns=a_webhook),
    Example(f"POST {_SECRET}/rotate", scheduling.ROTATE_SECRET, concerns=a_webhook),
    Example(
        f"POST {_SECRET}/rotate",
        scheduling.ROTATE_SECRET,
        **_HOUSE_TASK,
        otherwise="nothing_signed",
    ),
    Example(f"POST {_SECRET}/settle", scheduling.ROTATE_SECRET, concerns=a_webhook),
    Example(
        f"POST {_SECRET}/settle",
        scheduling.ROTATE_SECRET,
        **_HOUSE_TASK,
        otherwise="nothing_signed",
    ),
    Example(f"POST {_TAG}/pause", scheduling.PAUSE_TASK, counted=a_tag),
    Example(f"POST {_TAG}/resume", scheduling.RESUME_TASK, counted=a_tag),
    Example(f"DELETE {_TAG}/tasks", scheduling.DELETE_TASK, counted=a_tag),
    Example("GET /api/v1/executions", scheduling.SEE_RUNS, listed=an_execution),
    Example("GET /api/v1/executions", scheduling.SEE_RUNS, concerns=a_task, query="taskId={id}"),
    Example("GET /api/v1/executions/{execution_id}", scheduling.SEE_RUNS, concerns=an_execution),
    Example("POST /api/v1/tasks/preview", scheduling.PREVIEW, body={"schedule": "0 0 1 1 *"}),
    Example("POST /api/v1/tasks/preview-message", scheduling.PREVIEW, body=_LOG_MESSAGE),
]

_JOBS, _DEAD = "/api/v1/ops/jobs", "/api/v1/ops/dead-letters"

OF_OPERATIONS = [
    Example(f"POST {_JOBS}", operations.ASK_FOR_JOB, body={"name": "operations.checkup.v1"}),
    Example(f"GET {_JOBS}", operations.SEE_JOBS, listed=a_job),
    Example(f"GET {_JOBS}/{{job_id}}", operations.SEE_JOBS, concerns=a_job),
    Example(f"POST {_JOBS}/{{job_id}}/retry", operations.RETRY_JOB, concerns=a_cancelled_job),
    Example(f"POST {_JOBS}/{{job_id}}/cancel", operations.CANCEL_JOB, concerns=a_job),
    Example(f"GET {_DEAD}", operations.SEE_JOBS, listed=a_dead_letter),
    Example(f"POST {_DEAD}/replay", operations.REPLAY_DEAD_LETTERS, counted=a_dead_letter),
    Example(f"POST {_DEAD}/purge", operations.PURGE_DEAD_LETTERS, counted=a_dead_letter, body={}),
    Example("GET /api/v1/ops/queues", operations.SEE_QUEUES),
]

_KEYS = "/api/v1/keys"


def _new_key(role: Role) -> dict[str, Any]:
    return {"name": "new", "roles": [role.value]}


OF_PEOPLE = [
    Example(f"POST {_KEYS}", people.ISSUE_KEY, body=_new_key(Role.ADMIN)),
    Example(
        f"POST {_KEYS}",
        people.ISSUE_KEY,
        said=people.ISSUE_SUPER_ADMIN_KEY,
        body=_new_key(Role.SUPER_ADMIN),
    ),
    Example(f"GET {_KEYS}", people.SEE_KEYS, listed=a_key),
    Example(f"DELETE {_KEYS}/{{key_id}}", people.REVOKE_KEY, concerns=a_key),
    Example(
        f"DELETE {_KEYS}/{{key_id}}",
        people.REVOKE_KEY,
        found=people.REVOKE_SUPER_ADMIN_KEY,
        concerns=a_super_admins_key,
    ),
]

_USERS, _USER = "/api/v1/admin/users", "/api/v1/admin/users/{person_id}"
_PASSWORD = {"password": "eleven green bottles"}


def _new_person(*roles: Role) -> Callable[[], Mapping[str, Any]]:
    names = {"firstName": "Juan", "lastName": "Reyes", "roles": [role.value for role in roles]}
    return lambda: {"username": f"juan{new_id().hex}", **names}


OF_PERSONS = [
    Example(f"POST {_USERS}", people.TAKE_IN, body=_new_person(Role.TEACHER)),
    Example(
        f"POST {_USERS}",
        people.TAKE_IN,
        said=people.MAKE_ADMINISTRATOR,
        body=_new_person(Role.ADMIN),
    ),
    Example(f"GET {_USERS}", people.SEE_PERSONS, listed=a_person),
    Example(f"GET {_USER}", people.SEE_PERSONS, concerns=a_person),
    Example(f"PATCH {_USER}", people.CHANGE_PERSON, concerns=a_person, body={"roles": ["DEAN"]}),
    Example(
        f"PATCH {_USER}",
        people.CHANGE_PERSON,
        said=people.MAKE_ADMINISTRATOR,
        concerns=a_person,
        body={"roles": ["ADMIN"]},
    ),
    Example(
        f"PATCH {_USER}",
        people.CHANGE_PERSON,
        found=people.MAKE_ADMINISTRATOR,
        concerns=an_administrator,
        body={"isActive": False},
    ),
    Example(f"PUT {_USER}/password", people.CHANGE_PERSON, concerns=a_person, body=_PASSWORD),
    Example(
        f"PUT {_USER}/password",
        people.CHANGE_PERSON,
        found=people.MAKE_ADMINISTRATOR,
        concerns=an_administrator,
        body=_PASSWORD,
    ),
]

_BORN = {"birthDate": "2012-05-17"}

OF_AGES = [
    Example(f"GET {_USER}/age", people.SEE_PERSONS, concerns=a_person),
    Example(f"PUT {_USER}/birth-date", people.CHANGE_PERSON, concerns=a_person, body=_BORN),
    Example(
        f"PUT {_USER}/birth-date",
        people.CHANGE_PERSON,
        found=people.MAKE_ADMINISTRATOR,
        concerns=an_administrator,
        body=_BORN,
    ),
    Example(
        "POST /api/v1/users/{person_id}/age-attestation",
        people.ATTEST_AGE,
        concerns=a_person,
        body={"evidence": "saw her card"},
    ),
]

_HOUSES, _HOUSE = "/api/v1/admin/institutions", "/api/v1/admin/institutions/{institution_id}"


_ANOTHER = itertools.count(1)


def _other_terms() -> Mapping[str, Any]:
    """Other ones each time, so that there is something to note."""
    return {"terms": {"retentionDays": next(_ANOTHER)}}


def _other_subscription() -> Mapping[str, Any]:
    return {"subscription": {"plan": "pro", "until": f"{2_999 + next(_ANOTHER)}-01-01T00:00:00Z"}}


async def its_institution(_: Homeroom, owner: Actor) -> Subject:
    return Subject(str(owner.institution_id), str(owner.institution_id))


OF_INSTITUTIONS = [
    Example(
        f"POST {_HOUSES}",
        people.CREATE_INSTITUTION,
        body=lambda: {"name": f"Bicol College {new_id().hex}"},
    ),
    Example(f"GET {_HOUSES}", people.SEE_INSTITUTIONS, listed=its_institution),
    Example(f"GET {_HOUSE}", people.SEE_INSTITUTION, concerns=its_institution),
    Example(
        f"PATCH {_HOUSE}",
        people.CHANGE_INSTITUTION,
        concerns=its_institution,
        body=_other_terms,
    ),
    Example(
        f"PATCH {_HOUSE}",
        people.CHANGE_INSTITUTION,
        said=people.CHANGE_SUBSCRIPTION,
        concerns=its_institution,
        body=_other_subscription,
    ),
]

_DISTRICTS, _DISTRICT = "/api/v1/admin/districts", "/api/v1/admin/districts/{district_id}"


def _new_district() -> Mapping[str, Any]:
    return {"name": f"Bicol {new_id().hex}"}


OF_DISTRICTS = [
    Example(f"POST {_DISTRICTS}", people.OPEN_DISTRICT, body=_new_district),
    Example(f"GET {_DISTRICTS}", people.SEE_DISTRICTS),
    Example(f"GET {_DISTRICT}", people.SEE_DISTRICTS, concerns=a_district),
    Example(f"PATCH {_DISTRICT}", people.CHANGE_DISTRICT, concerns=a_district, body=_new_district),
    Example(
        f"PUT {_HOUSE}/district",
        people.PLACE_INSTITUTION,
        concerns=a_placed_institution,
        body={"districtId": None},
    ),
]

_EXPORT, _ERASE = f"GET {_USER}/export", f"DELETE {_USER}/personal-data"
_CONSENTS = f"{_USER}/consents"
_AN_ADMINISTRATORS: Any = {
    "found": compliance.HANDLE_ADMINISTRATOR,
    "concerns": an_administrator,
}
_AGREED = {"kind": "recording", "givenBy": "Maria Santos", "evidence": "form 7"}

OF_PERSONAL_DATA = [
    Example(_EXPORT, compliance.EXPORT_PERSON, concerns=a_person),
    Example(_EXPORT, compliance.EXPORT_PERSON, **_AN_ADMINISTRATORS),
    Example(_ERASE, compliance.ERASE_PERSON, concerns=a_person),
    Example(_ERASE, compliance.ERASE_PERSON, **_AN_ADMINISTRATORS),
    Example(f"POST {_CONSENTS}", compliance.GIVE_CONSENT, concerns=a_person, body=_AGREED),
    Example(f"GET {_CONSENTS}", compliance.SEE_CONSENTS, concerns=a_person),
    Example(
        f"POST {_CONSENTS}/check",
        compliance.SEE_CONSENTS,
        concerns=a_person,
        body={"kind": "recording", "birthDate": "1990-05-17"},
    ),
    Example(
        "POST /api/v1/admin/consents/{consent_id}/withdraw",
        compliance.WITHDRAW_CONSENT,
        concerns=a_consent,
    ),
]

_INVITATIONS = "/api/v1/admin/users/invitations"
_INVITATION = f"{_INVITATIONS}/{{invitation_id}}"
_ADMINISTRATORS: Any = {
    "found": people.MAKE_ADMINISTRATOR,
    "concerns": an_administrators_invitation,
}


def _new_invitation(*roles: Role) -> Callable[[], Mapping[str, Any]]:
    names = {"firstName": "Juan", "lastName": "Reyes", "roles": [role.value for role in roles]}
    return lambda: {"email": f"juan{new_id().hex}@school.edu", **names}


OF_INVITATIONS = [
    Example(f"POST {_INVITATIONS}", people.INVITE, body=_new_invitation(Role.TEACHER)),
    Example(
        f"POST {_INVITATIONS}",
        people.INVITE,
        said=people.MAKE_ADMINISTRATOR,
        body=_new_invitation(Role.ADMIN),
    ),
    Example(f"GET {_INVITATIONS}", people.SEE_INVITATIONS, listed=an_invitation),
    Example(f"POST {_INVITATION}/send", people.INVITE_AGAIN, concerns=an_invitation),
    Example(f"POST {_INVITATION}/send", people.INVITE_AGAIN, **_ADMINISTRATORS),
    Example(f"DELETE {_INVITATION}", people.WITHDRAW_INVITATION, concerns=an_invitation),
    Example(f"DELETE {_INVITATION}", people.WITHDRAW_INVITATION, **_ADMINISTRATORS),
]

_RECORD = "/api/v1/audit-logs"

OF_COMPLIANCE = [
    *OF_PERSONAL_DATA,
    Example(f"GET {_RECORD}", compliance.READ_RECORD, listed=an_entry),
    Example(f"GET {_RECORD}/export", compliance.READ_RECORD, listed=an_entry),
    Example(f"GET {_RECORD}/{{entry_id}}", compliance.READ_RECORD, concerns=an_entry),
    Example(f"POST {_RECORD}/verify", compliance.VERIFY_RECORD),
]

EXAMPLES = [
    *OF_SCHEDULING,
    *OF_OPERATIONS,
    *OF_PEOPLE,
    *OF_INSTITUTIONS,
    *OF_DISTRICTS,
    *OF_PERSONS,
    *OF_AGES,
    *OF_POSTS,
    *OF_INVITATIONS,
    *OF_ROSTER,
    *OF_EXAMS,
    *OF_POOLS,
    *OF_OTHERS_SITTINGS,
    *OF_TIERS,
    *OF_COMPLIANCE,
]

_OWN_PASSWORD = {"oldPassword": "never had one", "newPassword": "eleven green bottles"}

OWN = [
    Example("GET /api/v1/auth/me", people.OWN_ACCOUNT),
    Example("GET /api/v1/auth/me/export", compliance.OWN_DATA),
    Example("GET /api/v1/me/enrolments", roster.OWN_ENROLMENTS),
    *OWN_SITTINGS,
    *OWN_PROGRESS,
    *OWN_ADAPTIVE,
    *OWN_REMARKS,
    Example("GET /api/v1/me/consents", compliance.OWN_CONSENTS),
    Example(
        "POST /api/v1/me/consents/{consent_id}/withdraw",
        compliance.OWN_CONSENTS,
        otherwise="consent_not_found",
    ),
    Example("GET /api/v1/auth/csrf-token", people.OWN_ACCOUNT),
    Example("GET /api/v1/auth/sessions", people.OWN_ACCOUNT),
    Example("DELETE /api/v1/auth/sessions/{session_id}", people.OWN_ACCOUNT),
    Example("POST /api/v1/auth/logout", people.OWN_ACCOUNT),
    Example(
        "POST /api/v1/auth/password",
        people.OWN_ACCOUNT,
        body=_OWN_PASSWORD,
        otherwise="wrong_credentials",
    ),
]
"""What everybody may ask about themselves, and nobody about anybody else."""
