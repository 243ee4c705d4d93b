"""What people's context tells: keys, persons and their sessions, by id alone."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import ApiKeyId, DistrictId, PersonId, SessionId


@event("people.api_key_issued.v1")
@attrs.frozen(kw_only=True)
class ApiKeyIssued(Event):
    """A key was made; its secret was shown once and is not kept."""

    api_key_id: ApiKeyId


@event("people.api_key_revoked.v1")
@attrs.frozen(kw_only=True)
class ApiKeyRevoked(Event):
    """A key opens nothing any more."""

    api_key_id: ApiKeyId


@event("people.person_began.v1")
@attrs.frozen(kw_only=True)
class PersonBegan(Event):
    """Somebody is here now."""

    person_id: PersonId


@event("people.person_stopped.v1")
@attrs.frozen(kw_only=True)
class PersonStopped(Event):
    """Somebody may not sign in any more."""

    person_id: PersonId


@event("people.person_invited.v1")
@attrs.frozen(kw_only=True)
class PersonInvited(Event):
    """Somebody was invited to choose a password."""

    person_id: PersonId


@event("people.invitation_accepted.v1")
@attrs.frozen(kw_only=True)
class InvitationAccepted(Event):
    """Somebody who was invited has chosen a password."""

    person_id: PersonId


@event("people.person_resumed.v1")
@attrs.frozen(kw_only=True)
class PersonResumed(Event):
    """Somebody may sign in again."""

    person_id: PersonId


@event("people.person_erased.v1")
@attrs.frozen(kw_only=True)
class PersonErased(Event):
    """Somebody was erased: whoever knows more of them than this id must forget it too."""

    person_id: PersonId


@event("people.person_renamed.v1")
@attrs.frozen(kw_only=True)
class PersonRenamed(Event):
    """Somebody is called otherwise, or has another address."""

    person_id: PersonId


@event("people.person_roles_changed.v1")
@attrs.frozen(kw_only=True)
class PersonRolesChanged(Event):
    """What somebody is here has changed."""

    person_id: PersonId


@event("people.password_changed.v1")
@attrs.frozen(kw_only=True)
class PasswordChanged(Event):
    """Somebody's password is another one now."""

    person_id: PersonId


@event("people.session_began.v1")
@attrs.frozen(kw_only=True)
class SessionBegan(Event):
    """Somebody signed in."""

    person_id: PersonId
    session_id: SessionId


@event("people.session_ended.v1")
@attrs.frozen(kw_only=True)
class SessionEnded(Event):
    """A session was ended before its time, by its owner or for safety."""

    person_id: PersonId
    session_id: SessionId


@event("people.identity_linked.v1")
@attrs.frozen(kw_only=True)
class IdentityLinked(Event):
    """An account in another house, such as a Moodle, is known to be somebody's."""

    person_id: PersonId


@event("people.institution_changed.v1")
@attrs.frozen(kw_only=True)
class InstitutionChanged(Event):
    """An institution is called otherwise, subscribed to something else, changed its terms, or
    stands under another district."""


@event("people.district_opened.v1")
@attrs.frozen(kw_only=True)
class DistrictOpened(Event):
    """Institutions may be put under another district. Told by the institution that it was
    opened from: a district belongs to none."""

    district_id: DistrictId


@event("people.district_changed.v1")
@attrs.frozen(kw_only=True)
class DistrictChanged(Event):
    """A district is described otherwise, was closed, or takes institutions again."""

    district_id: DistrictId


@event("people.enrolments_found.v1")
@attrs.frozen(kw_only=True)
class EnrolmentsFound(Event):
    """Somebody signed in through a learning platform, which told what courses they are in."""

    person_id: PersonId
    teaches: tuple[int, ...]
    """Courses, by the platform's numbers, in which they teach."""

    attends: tuple[int, ...]
    """Courses in which they do not."""
