"""The whole of Homeroom for whoever embeds it: one record, one field per context."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

from homeroom.compliance.model.age import AgeRules
from homeroom.compliance.use_cases.consents import (
    CheckConsents,
    GiveConsent,
    ListConsents,
    WithdrawConsent,
)
from homeroom.compliance.use_cases.dead_entries import ListDeadEntries, ReplayDeadEntries
from homeroom.compliance.use_cases.own_consents import ListOwnConsents, WithdrawOwnConsent
from homeroom.compliance.use_cases.personal_data import (
    ErasePerson,
    ExportOwnData,
    ExportPerson,
)
from homeroom.compliance.use_cases.record import (
    ExportRecord,
    GetEntry,
    LayDown,
    ReadRecord,
    SealRecords,
    VerifyRecord,
)
from homeroom.exams.model.budgets import WritingRules
from homeroom.exams.model.integrity import IntegrityPolicy
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.ports.reviews import ReviewScheduler
from homeroom.exams.ports.writer import QuestionWriter
from homeroom.house import HouseUnit, Storage
from homeroom.kernel.bus import EventBus
from homeroom.kernel.cache import Cache
from homeroom.kernel.carrier import Carrier
from homeroom.kernel.codec import Ambient
from homeroom.kernel.looks import Looks
from homeroom.kernel.outbound import Outbound
from homeroom.kernel.queue import Handlers
from homeroom.kernel.rates import RateLimiter
from homeroom.kernel.sealing import Sealer
from homeroom.operations.use_cases import (
    AskForJob,
    CancelJob,
    FindJobs,
    GetJob,
    ListQueues,
    PurgeDeadLetters,
    ReplayDeadLetters,
    RetryJob,
)
from homeroom.people.ports.breaches import BreachList
from homeroom.people.ports.courier import Courier
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.strategies import LoginStrategy
from homeroom.people.ports.tokens import TokenSigner
from homeroom.people.use_cases.ages import AttestAge, GetAge, SetBirthDate
from homeroom.people.use_cases.changing import ChangePerson
from homeroom.people.use_cases.districts import (
    ChangeDistrict,
    FindDistricts,
    GetDistrict,
    OpenDistrict,
    PlaceInstitution,
)
from homeroom.people.use_cases.domains import Domains, InvitingRules
from homeroom.people.use_cases.id_tokens import SignInWithIdToken
from homeroom.people.use_cases.institutions import (
    ChangeInstitution,
    CreateInstitution,
    GetInstitution,
)
from homeroom.people.use_cases.invitations import (
    InviteAgain,
    InvitePerson,
    ListInvitations,
    WithdrawInvitation,
)
from homeroom.people.use_cases.keys import Authenticate, IssueKey, ListKeys, RevokeKey
from homeroom.people.use_cases.openid import (
    BeginOpenId,
    OtherHouse,
    SignInFromPage,
    SignInWithOpenId,
)
from homeroom.people.use_cases.opening import ListInstitutions, OpenHouse
from homeroom.people.use_cases.persons import (
    ChangeOwnPassword,
    CreatePerson,
    FindPersons,
    GetPerson,
    SetPassword,
    WhoAmI,
)
from homeroom.people.use_cases.posting import Links
from homeroom.people.use_cases.posts import GivePost, ListPosts, ListPostsAt, TakePost
from homeroom.people.use_cases.redeeming import (
    AcceptInvitation,
    AskForReset,
    LookAtInvitation,
    ResetPassword,
)
from homeroom.people.use_cases.residents import AssignScope, FindResidents, GetResident
from homeroom.people.use_cases.sealing_again import SealPeopleAgain
from homeroom.people.use_cases.sessions import (
    EndSession,
    Leave,
    ListSessions,
    Recognise,
    Refresh,
    SignOut,
)
from homeroom.people.use_cases.signing_in import SignIn
from homeroom.people.use_cases.super_admins import AppointSuperAdmin
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.handover_counts import CountedHandover
from homeroom_entrypoints.composition.rooms import Roster, Scheduling


@attrs.frozen(kw_only=True)
class People:
    """Who somebody is and how they prove it, and the keys that act for an institution."""

    open_house: OpenHouse
    authenticate: Authenticate
    issue_key: IssueKey
    list_keys: ListKeys
    revoke_key: RevokeKey
    list_institutions: ListInstitutions
    create_institution: CreateInstitution
    get_institution: GetInstitution
    change_institution: ChangeInstitution
    open_district: OpenDistrict
    change_district: ChangeDistrict
    find_districts: FindDistricts
    get_district: GetDistrict
    place_institution: PlaceInstitution
    appoint_super_admin: AppointSuperAdmin
    sign_in: SignIn
    begin_google: BeginOpenId
    sign_in_with_google: SignInWithOpenId
    sign_in_from_google_page: SignInFromPage
    sign_in_with_id_token: SignInWithIdToken
    refresh: Refresh
    recognise: Recognise
    sign_out: SignOut
    leave: Leave
    end_session: EndSession
    list_sessions: ListSessions
    domains: Domains
    who_am_i: WhoAmI
    change_own_password: ChangeOwnPassword
    create_person: CreatePerson
    find_persons: FindPersons
    get_person: GetPerson
    find_residents: FindResidents
    get_resident: GetResident
    assign_scope: AssignScope
    change_person: ChangePerson
    set_password: SetPassword
    get_age: GetAge
    set_birth_date: SetBirthDate
    attest_age: AttestAge
    give_post: GivePost
    take_post: TakePost
    list_posts: ListPosts
    list_posts_at: ListPostsAt
    invite_person: InvitePerson
    invite_again: InviteAgain
    withdraw_invitation: WithdrawInvitation
    list_invitations: ListInvitations
    accept_invitation: AcceptInvitation
    look_at_invitation: LookAtInvitation
    ask_for_reset: AskForReset
    reset_password: ResetPassword
    seal_again: SealPeopleAgain


@attrs.frozen(kw_only=True)
class Operations:
    """The house's own work, seen and steered."""

    ask_for_job: AskForJob
    find_jobs: FindJobs
    get_job: GetJob
    retry_job: RetryJob
    cancel_job: CancelJob
    replay_dead_letters: ReplayDeadLetters
    purge_dead_letters: PurgeDeadLetters
    list_queues: ListQueues


@attrs.frozen(kw_only=True)
class Plant:
    """What the worker and the health checks run on; nothing here decides anything."""

    storage: Storage
    bus: EventBus
    cache: Cache
    rates: RateLimiter
    outbound: Outbound
    sealer: Sealer
    hasher: PasswordHasher
    breaches: BreachList
    signer: TokenSigner
    calendar: CronCalendar
    reviews: ReviewScheduler
    notifiers: Mapping[NotifierKind, Notifier]
    looks: Looks
    handovers: Sequence[CountedHandover] = ()
    """The ways that entries of those who looked go, each with what it counted."""

    ambient: Ambient
    handlers: Handlers
    question_writer: QuestionWriter
    writing_rules: WritingRules = WritingRules()
    age_rules: AgeRules = AgeRules()
    quotas: Quotas = Quotas()
    integrity: IntegrityPolicy = IntegrityPolicy()
    carrier: Carrier | None = None
    courier: Courier | None = None
    """None where no mail server is set: then nothing leaves by mail."""

    links: Links = Links()
    inviting: InvitingRules = InvitingRules()
    logins: Sequence[LoginStrategy] = ()
    """Ways to sign in beside the house's own passwords."""
    google: OtherHouse | None = None


@attrs.frozen(kw_only=True)
class Compliance:
    """What must be provable: the record of who did what, and what is held about whom."""

    read_record: ReadRecord
    get_entry: GetEntry
    export_record: ExportRecord
    verify_record: VerifyRecord
    seal_records: SealRecords
    lay_down: LayDown
    list_dead_entries: ListDeadEntries
    replay_dead_entries: ReplayDeadEntries
    export_person: ExportPerson[HouseUnit]
    export_own_data: ExportOwnData[HouseUnit]
    erase_person: ErasePerson[HouseUnit]
    give_consent: GiveConsent[HouseUnit]
    withdraw_consent: WithdrawConsent
    list_consents: ListConsents[HouseUnit]
    list_own_consents: ListOwnConsents
    withdraw_own_consent: WithdrawOwnConsent
    check_consents: CheckConsents[HouseUnit]


Ping = Callable[[], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Homeroom:
    """An open Homeroom: `homeroom.people.issue_key(actor, …)` and so on."""

    people: People
    roster: Roster
    exams: Exams
    operations: Operations
    scheduling: Scheduling
    compliance: Compliance
    plant: Plant

    def start(self) -> HouseUnit:
        """A unit of work over every context, for an embedder's own use cases."""
        return self.plant.storage.start()
