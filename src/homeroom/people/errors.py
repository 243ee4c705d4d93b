"""What people's context refuses."""

from homeroom.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    Unauthenticated,
    Unavailable,
)


class ApiKeyNotFound(NotFound):
    """There is no such API key."""

    code = "api_key_not_found"


class ApiKeyAlreadyRevoked(Conflict):
    """This API key has been revoked already."""

    code = "api_key_already_revoked"


class StaleApiKey(Stale):
    """Someone changed this API key at the same time. Read it again and decide anew."""

    code = "stale_api_key"


class ApiKeyExists(Conflict):
    """This secret is in use by another key already."""

    code = "api_key_exists"


class BadApiKey(Invalid):
    """This API key cannot be made as asked."""

    code = "bad_api_key"


class InstitutionNotFound(NotFound):
    """There is no such institution."""

    code = "institution_not_found"


class InstitutionExists(Conflict):
    """There is an institution of this name already."""

    code = "institution_exists"


class BadInstitution(Invalid):
    """This institution cannot be kept as given."""

    code = "bad_institution"


class StaleInstitution(Stale):
    """Someone changed this institution at the same time. Read it again and decide anew."""

    code = "stale_institution"


class SubscriptionEnded(Forbidden):
    """This institution's subscription does not count at present. Ask its administrator."""

    code = "subscription_inactive"


class SuperAdminNameTaken(Conflict):
    """Somebody who is no super admin goes by the first super admin's name. Choose another one."""

    code = "super_admin_name_taken"


class NoDeveloper(Forbidden):
    """A person with a password goes by the developer's name. Choose another for the developer."""

    code = "no_developer"


class BadToken(Unauthenticated):
    """This access token does not count here. Sign in again."""

    code = "bad_token"


class TokenExpired(Unauthenticated):
    """This access token has expired. Refresh it, or sign in again."""

    code = "token_expired"


class PersonNotFound(NotFound):
    """There is no such person."""

    code = "person_not_found"


class PersonExists(Conflict):
    """Somebody has this user name or e-mail address already. Choose another."""

    code = "person_exists"


class StalePerson(Stale):
    """Someone changed this person at the same time. Read them again and decide anew."""

    code = "stale_person"


class BadPerson(Invalid):
    """This person cannot be kept as given."""

    code = "bad_person"


class PersonGone(Conflict):
    """This person was erased, for good. Take somebody in anew under another id."""

    code = "person_erased"


class LastSuperAdmin(Conflict):
    """Nobody else could look after this house. Make another super admin first."""

    code = "last_super_admin"


class PersonInactive(Unauthenticated):
    """This person may not sign in. Ask an administrator of your institution."""

    code = "person_inactive"


class BadPassword(Invalid):
    """This password is not good enough."""

    code = "bad_password"


class BreachedPassword(BadPassword):
    """This password has leaked somewhere, and is among the first that thieves try."""

    code = "breached_password"


class StaleCredential(Stale):
    """Someone changed this password at the same time. Sign in again."""

    code = "stale_credential"


class WrongCredentials(Unauthenticated):
    """Nobody can be signed in with this. Check the user name and the password."""

    code = "wrong_credentials"


class TooManyAttempts(Unavailable):
    """This was tried too often. Wait a little, then try again."""

    code = "too_many_attempts"


class TicketNotFound(NotFound):
    """There is no such invitation."""

    code = "invitation_not_found"


class StaleTicket(Stale):
    """Someone changed this invitation, or made another, at the same time. Look again."""

    code = "stale_ticket"


class TicketNotGood(Unauthenticated):
    """This link does not count, or does not count any more. Ask for another one."""

    code = "ticket_not_good"


class BadInvitation(Invalid):
    """Nobody can be invited like this."""

    code = "bad_invitation"


class InvitationOver(Conflict):
    """This invitation has been accepted already."""

    code = "invitation_accepted"


class SessionNotFound(NotFound):
    """There is no such session."""

    code = "session_not_found"


class StaleSession(Stale):
    """This session went on elsewhere at the same time. Sign in again."""

    code = "stale_session"


class BadRefreshToken(Unauthenticated):
    """This session cannot go on with this token. Sign in again."""

    code = "bad_refresh_token"


class RefreshTokenReused(BadRefreshToken):
    """This token was used before, so the session was ended for safety. Sign in again."""

    code = "refresh_token_reused"


class IdentityTaken(Conflict):
    """This account elsewhere belongs to another person here already."""

    code = "identity_taken"


class NotLinked(WrongCredentials):
    """Your user name belongs to somebody else here. Ask an administrator to change one of them."""

    code = "identity_not_linked"


class ElsewhereFirst(WrongCredentials):
    """The other house wants something of you first. Sign in there with a browser, then here."""

    code = "sign_in_elsewhere_first"


class LmsUnavailable(Unavailable):
    """The learning platform cannot be asked right now. Try again in a few minutes."""

    code = "lms_unavailable"


class StaleIdentity(Stale):
    """This account elsewhere was used at the same time. Sign in again."""

    code = "stale_identity"


class OpenIdNotSetUp(NotFound):
    """Signing in with Google is not set up here. Sign in with a user name and a password."""

    code = "google_not_set_up"


class OpenIdErrandRefused(Unauthenticated):
    """This sign-in was not begun in this browser, or it took too long. Begin again."""

    code = "google_errand_refused"


class OpenIdRefused(Unauthenticated):
    """Nobody can be signed in with this account. Ask an administrator of your institution."""

    code = "google_refused"


class OpenIdUnavailable(Unavailable):
    """Google cannot be asked at this moment. Try again in a minute."""

    code = "google_unavailable"


class SigningKeyRefused(Invalid):
    """A signing key cannot be used: RS256 takes an RSA key of 2048 bits or more, in PKCS#8."""

    code = "signing_key_refused"


class PasswordTooLong(Invalid):
    """This password is too long. Choose one of 1024 characters at most."""

    code = "password_too_long"


class HasherBusy(Unavailable):
    """Too many people are signing in at this moment. Try again in a few seconds."""

    code = "hasher_busy"
