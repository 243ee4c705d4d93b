"""A letter as mail servers carry it."""

import hashlib
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from homeroom.scheduling.model.deliveries import Message
from homeroom.scheduling.model.email import Letter

_SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""Every mail server carries these; not every one carries eight."""

_ID = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


def compose(letter: Letter, message: Message, sender: str) -> bytes:
    """*letter* with its headers, in lines of ASCII. Raises `ValueError` if it cannot be written.

    Its id is the delivery's, the same at every attempt: by it a reader drops what came twice.
    """
    written = EmailMessage(policy=_SEVEN_BITS)
    written["From"] = sender
    written["To"] = ", ".join(letter.to)
    written["Subject"] = letter.subject
    written["Date"] = format_datetime(message.at)
    written["Message-ID"] = f"<{_id(message.delivery_id)}@{domain_of(sender)}>"
    written["Auto-Submitted"] = "auto-generated"  # lest somebody's absence note answer it
    written.set_content(letter.text)
    if letter.html:
        written.add_alternative(letter.html, subtype="html")
    return written.as_bytes()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _id(delivery_id: str) -> str:
    if _ID.fullmatch(delivery_id):
        return delivery_id
    return hashlib.sha256(delivery_id.encode()).hexdigest()
