"""What may be asked of compliance, and in which roles."""

from homeroom.kernel.rights import Role, declare

READ_RECORD = declare(
    "compliance.read_record",
    Role.ADMIN,
    lets="Read and export the record of who did what.",
)
VERIFY_RECORD = declare(
    "compliance.verify_record",
    Role.ADMIN,
    lets="Prove that nothing in one's own institution's record was changed or taken away.",
    everywhere=False,
)
EXPORT_PERSON = declare(
    "compliance.export_person",
    Role.ADMIN,
    lets="Take out all that is held about somebody.",
)
ERASE_PERSON = declare(
    "compliance.erase_person",
    Role.ADMIN,
    lets="Erase somebody, for good.",
)
HANDLE_ADMINISTRATOR = declare(
    "compliance.handle_administrator",
    lets="Take out, or erase, what is held about an administrator.",
)
OWN_DATA = declare(
    "compliance.own_data",
    *Role,
    lets="Take out all that is held about oneself.",
    everywhere=False,
)
GIVE_CONSENT = declare(
    "compliance.give_consent",
    Role.ADMIN,
    lets="Note that somebody agreed to something, with what proves it.",
)
WITHDRAW_CONSENT = declare(
    "compliance.withdraw_consent",
    Role.ADMIN,
    lets="Note that somebody agrees no more.",
)
SEE_CONSENTS = declare(
    "compliance.see_consents",
    Role.ADMIN,
    lets="Look at what somebody agreed to.",
)
OWN_CONSENTS = declare(
    "compliance.own_consents",
    *Role,
    lets="See what one agreed to, and agree no more; what a parent agreed to, a parent takes back.",
    everywhere=False,
)
REPLAY_ENTRIES = declare(
    "compliance.replay_entries",
    lets="See entries that the record refused on their way, and have them taken anew.",
)
