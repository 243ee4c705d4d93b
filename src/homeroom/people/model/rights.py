"""What may be asked of people, and in which roles."""

from homeroom.kernel.rights import Role, declare

ISSUE_KEY = declare(
    "people.issue_key",
    Role.ADMIN,
    lets="Make an API key for one's own institution.",
    everywhere=False,
)
ISSUE_SUPER_ADMIN_KEY = declare(
    "people.issue_super_admin_key",
    lets="Make an API key that may everything.",
    everywhere=False,
)
SEE_KEYS = declare(
    "people.see_keys",
    Role.ADMIN,
    lets="Look through the API keys, without their secrets.",
)
REVOKE_KEY = declare(
    "people.revoke_key",
    Role.ADMIN,
    lets="Make an API key useless, at once and for good.",
)
REVOKE_SUPER_ADMIN_KEY = declare(
    "people.revoke_super_admin_key",
    lets="Make a super admin's API key useless.",
)
SEE_INSTITUTIONS = declare(
    "people.see_institutions",
    *Role,
    lets="See which institution one belongs to.",
)
SEE_INSTITUTION = declare(
    "people.see_institution",
    Role.ADMIN,
    lets="Look at what an institution subscribed to, and how its data is treated.",
)
CREATE_INSTITUTION = declare(
    "people.create_institution",
    lets="Take another institution into the house, with a first key for it.",
    everywhere=False,
)
CHANGE_INSTITUTION = declare(
    "people.change_institution",
    Role.ADMIN,
    lets="Change an institution's terms: how long records are kept, what it agreed to, its zone.",
)
CHANGE_SUBSCRIPTION = declare(
    "people.change_subscription",
    lets="Rename an institution, or change what it subscribed to.",
)
SEAL_AGAIN = declare(
    "people.seal_again",
    lets="Have birth dates and tokens of other houses sealed under the newest key.",
)
SEE_DISTRICTS = declare(
    "people.see_districts",
    lets="Look through districts, and at the institutions under one.",
)
OPEN_DISTRICT = declare(
    "people.open_district",
    lets="Make a district that institutions may be put under.",
    everywhere=False,
)
CHANGE_DISTRICT = declare(
    "people.change_district",
    lets="Change what is known of a district, close it, or open it again.",
)
PLACE_INSTITUTION = declare(
    "people.place_institution",
    lets="Put an institution under a district, or under none.",
)
TAKE_IN = declare(
    "people.take_in",
    Role.ADMIN,
    lets="Take somebody in, with roles below an administrator's.",
    everywhere=False,
)
INVITE = declare(
    "people.invite",
    Role.ADMIN,
    lets="Invite somebody, with roles below an administrator's.",
    everywhere=False,
)
SEE_INVITATIONS = declare(
    "people.see_invitations",
    Role.ADMIN,
    lets="Look through invitations, without their secrets.",
)
INVITE_AGAIN = declare(
    "people.invite_again",
    Role.ADMIN,
    lets="Send another invitation in the place of one that nobody took up.",
)
WITHDRAW_INVITATION = declare(
    "people.withdraw_invitation",
    Role.ADMIN,
    lets="Take an invitation back.",
)
SEE_PERSONS = declare(
    "people.see_persons",
    Role.ADMIN,
    lets="Look through persons, and at one.",
)
CHANGE_PERSON = declare(
    "people.change_person",
    Role.ADMIN,
    lets="Change what somebody is, whether they may sign in, and their password.",
)
GIVE_POST = declare(
    "people.give_post",
    Role.ADMIN,
    lets="Give somebody a role at one node of the roster, or take it from them.",
)
SEE_POSTS = declare(
    "people.see_posts",
    Role.ADMIN,
    Role.CAMPUS_HEAD,
    Role.DEAN,
    Role.CHAIRPERSON,
    lets="See who is what at a node of the roster.",
    at_nodes=True,
)
ATTEST_AGE = declare(
    "people.attest_age",
    Role.ADMIN,
    Role.TEACHER,
    lets="Stand up for it, with what proves it, that somebody is 13 or older.",
)
MAKE_ADMINISTRATOR = declare(
    "people.make_administrator",
    lets="Give or take an administrator's role, or change anything about an administrator.",
)
OWN_ACCOUNT = declare(
    "people.own_account",
    *Role,
    lets="See who one is and where one is signed in, sign out, and change one's own password.",
    everywhere=False,
)
