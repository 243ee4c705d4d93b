"""People, wired: keys, persons, and the ways to sign in."""

from collections.abc import Sequence
from datetime import timedelta

from dependency_injector import containers, providers

from homeroom.people.ports.strategies import LoginStrategy
from homeroom.people.use_cases import (
    ages,
    changing,
    districts,
    domains,
    gates,
    homes,
    id_tokens,
    institutions,
    invitations,
    keys,
    openid,
    opening,
    persons,
    posting,
    posts,
    redeeming,
    remembering,
    residents,
    sealing_again,
    sessions,
    signing_in,
    super_admins,
)
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.passwords import Passwords
from homeroom_entrypoints.composition.facade import People, Plant


def _every_way(own: LoginStrategy, others: Sequence[LoginStrategy]) -> Sequence[LoginStrategy]:
    return [own, *others]


class PeopleContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)
    access_lasts = providers.Dependency(instance_of=timedelta)

    storage = plant.provided.storage
    start = storage.start
    queries = storage.people
    known = storage.persons
    places = storage.places
    clock = plant.provided.ambient.clock
    hasher = plant.provided.hasher
    signer = plant.provided.signer
    looks = plant.provided.looks

    gate = providers.Factory(gates.Gate, plant.provided.rates)
    birth_dates = providers.Factory(BirthDates, plant.provided.sealer)
    remembering_signer = providers.Factory(remembering.RememberingSigner, signer)
    turnstile = providers.Factory(signing_in.Turnstile, signer, access_lasts)
    desk = providers.Factory(
        signing_in.Desk, start=start, queries=known, clock=clock, turnstile=turnstile
    )
    google = plant.provided.google
    errands = providers.Factory(openid.Errands, plant.provided.sealer, clock)
    reception = providers.Factory(
        openid.Reception, start=start, known=known, institutions=queries, clock=clock
    )
    google_gate = providers.Factory(
        gates.Gate,
        plant.provided.rates,
        each=providers.Object(openid.FROM_ONE_ADDRESS),
        all_together=providers.Object(openid.FROM_ONE_ADDRESS_IN_TEN_MINUTES),
    )
    local = providers.Factory(signing_in.LocalPassword, known, hasher, start)
    passwords = providers.Factory(
        Passwords, hasher=hasher, clock=clock, breaches=plant.provided.breaches
    )
    postbox = providers.Factory(
        posting.Postbox,
        sealer=plant.provided.sealer,
        courier=plant.provided.courier,
        links=plant.provided.links,
    )
    inviting = plant.provided.inviting
    whose = providers.Factory(domains.Domains, inviting.domains, queries)
    usher = providers.Factory(domains.Usher, whose, plant.provided.rates, inviting)
    at_home = providers.Factory(homes.Homes, storage.ties, places)
    redemption = providers.Factory(
        redeeming.Redemption,
        start=start,
        queries=storage.tickets,
        passwords=passwords,
        clock=clock,
    )
    reset_gate = providers.Factory(
        gates.Gate,
        plant.provided.rates,
        each=providers.Object(redeeming.FROM_ONE_ADDRESS),
        all_together=providers.Object(redeeming.FROM_EVERYWHERE),
    )

    post = providers.Factory(posting.Post, start=start, postbox=postbox, clock=clock)
    prepare = providers.Factory(
        redeeming.Prepare, start=start, persons=known, postbox=postbox, clock=clock
    )

    forget = providers.Factory(sessions.Forget, start=start, clock=clock)

    use_cases = providers.Factory(
        People,
        open_house=providers.Factory(opening.OpenHouse, start=start, queries=queries, clock=clock),
        authenticate=providers.Factory(keys.Authenticate, queries=queries, clock=clock),
        issue_key=providers.Factory(keys.IssueKey, start=start, clock=clock),
        list_keys=providers.Factory(keys.ListKeys, queries=queries),
        revoke_key=providers.Factory(keys.RevokeKey, start=start, clock=clock),
        list_institutions=providers.Factory(opening.ListInstitutions, queries=queries),
        create_institution=providers.Factory(
            institutions.CreateInstitution, start=start, clock=clock
        ),
        get_institution=providers.Factory(institutions.GetInstitution, queries=queries),
        change_institution=providers.Factory(
            institutions.ChangeInstitution, start=start, clock=clock
        ),
        open_district=providers.Factory(districts.OpenDistrict, start=start, clock=clock),
        change_district=providers.Factory(districts.ChangeDistrict, start=start, clock=clock),
        find_districts=providers.Factory(
            districts.FindDistricts, queries=storage.districts, looks=looks, clock=clock
        ),
        get_district=providers.Factory(
            districts.GetDistrict, queries=storage.districts, looks=looks, clock=clock
        ),
        place_institution=providers.Factory(districts.PlaceInstitution, start=start, clock=clock),
        appoint_super_admin=providers.Factory(
            super_admins.AppointSuperAdmin,
            start=start,
            queries=queries,
            persons=known,
            passwords=passwords,
        ),
        sign_in=providers.Factory(
            signing_in.SignIn,
            strategies=providers.Callable(_every_way, local, plant.provided.logins),
            hasher=hasher,
            gate=gate,
            desk=desk,
        ),
        begin_google=providers.Factory(openid.BeginOpenId, google, errands),
        sign_in_with_google=providers.Factory(
            openid.SignInWithOpenId,
            house=google,
            errands=errands,
            reception=reception,
            gate=google_gate,
            desk=desk,
        ),
        sign_in_from_google_page=providers.Factory(
            openid.SignInFromPage, house=google, reception=reception, gate=google_gate, desk=desk
        ),
        sign_in_with_id_token=providers.Factory(
            id_tokens.SignInWithIdToken,
            house=google,
            reception=reception,
            gate=google_gate,
            desk=desk,
        ),
        refresh=providers.Factory(
            sessions.Refresh, start=start, clock=clock, turnstile=turnstile, gate=gate
        ),
        recognise=providers.Factory(
            sessions.Recognise, signer=remembering_signer, queries=known, clock=clock
        ),
        sign_out=providers.Factory(sessions.SignOut, start=start, clock=clock),
        leave=providers.Factory(sessions.Leave, start=start, clock=clock),
        end_session=providers.Factory(sessions.EndSession, start=start, clock=clock),
        list_sessions=providers.Factory(sessions.ListSessions, queries=known, clock=clock),
        domains=whose,
        who_am_i=providers.Factory(
            persons.WhoAmI, persons=known, people=queries, homes=at_home, domains=whose
        ),
        change_own_password=providers.Factory(
            persons.ChangeOwnPassword, start=start, passwords=passwords, queries=known, gate=gate
        ),
        create_person=providers.Factory(
            persons.CreatePerson,
            start=start,
            passwords=passwords,
            birth_dates=birth_dates,
            domains=whose,
            clock=clock,
        ),
        find_persons=providers.Factory(
            persons.FindPersons, queries=known, looks=looks, clock=clock
        ),
        get_person=providers.Factory(persons.GetPerson, queries=known, looks=looks, clock=clock),
        find_residents=providers.Factory(
            residents.FindResidents,
            find=providers.Factory(persons.FindPersons, queries=known, looks=looks, clock=clock),
            homes=at_home,
        ),
        get_resident=providers.Factory(
            residents.GetResident,
            get=providers.Factory(persons.GetPerson, queries=known, looks=looks, clock=clock),
            homes=at_home,
        ),
        assign_scope=providers.Factory(
            residents.AssignScope, start=start, queries=known, homes=at_home, clock=clock
        ),
        change_person=providers.Factory(
            changing.ChangePerson, start=start, clock=clock, domains=whose
        ),
        set_password=providers.Factory(
            persons.SetPassword, start=start, passwords=passwords, queries=known
        ),
        give_post=providers.Factory(posts.GivePost, start=start, places=places, clock=clock),
        take_post=providers.Factory(posts.TakePost, start=start, clock=clock),
        list_posts=providers.Factory(
            posts.ListPosts, queries=known, places=places, looks=looks, clock=clock
        ),
        list_posts_at=providers.Factory(
            posts.ListPostsAt, queries=known, places=places, looks=looks, clock=clock
        ),
        get_age=providers.Factory(
            ages.GetAge, start=start, birth_dates=birth_dates, looks=looks, clock=clock
        ),
        set_birth_date=providers.Factory(
            ages.SetBirthDate, start=start, birth_dates=birth_dates, clock=clock
        ),
        attest_age=providers.Factory(ages.AttestAge, start=start, clock=clock),
        invite_person=providers.Factory(
            invitations.InvitePerson,
            start=start,
            postbox=postbox,
            birth_dates=birth_dates,
            clock=clock,
            usher=usher,
        ),
        invite_again=providers.Factory(
            invitations.InviteAgain, start=start, postbox=postbox, clock=clock, usher=usher
        ),
        withdraw_invitation=providers.Factory(
            invitations.WithdrawInvitation, start=start, clock=clock
        ),
        list_invitations=providers.Factory(
            invitations.ListInvitations, queries=storage.tickets, looks=looks, clock=clock
        ),
        accept_invitation=providers.Factory(redeeming.AcceptInvitation, redemption),
        look_at_invitation=providers.Factory(
            redeeming.LookAtInvitation,
            queries=storage.tickets,
            institutions=queries,
            clock=clock,
        ),
        ask_for_reset=providers.Factory(
            redeeming.AskForReset, start=start, gate=reset_gate, postbox=postbox
        ),
        reset_password=providers.Factory(redeeming.ResetPassword, redemption),
        seal_again=providers.Factory(
            sealing_again.SealPeopleAgain,
            start=start,
            people=storage.sealed_people,
            sealer=plant.provided.sealer,
            clock=clock,
        ),
    )


def assemble_people(plant: Plant, access_lasts: timedelta) -> People:
    """People's use cases over *plant*, built whole: what is misspelt fails here, at start."""
    container = PeopleContainer(
        plant=providers.Object(plant), access_lasts=providers.Object(access_lasts)
    )
    container.check_dependencies()
    plant.handlers.add(sessions.ForgetSessions, container.forget())
    plant.handlers.add(posting.SendTicket, container.post())
    plant.handlers.add(redeeming.PrepareReset, container.prepare())
    use_cases: People = container.use_cases()
    return use_cases
