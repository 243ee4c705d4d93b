"""What Discord refuses in a message to a webhook, said in Discord's own words.

Written from Discord's documentation and from nothing of ours: a check of the checks that scheduling
makes before it sends. Lengths are counted as Discord's strictest reading has it, in UTF-16 units
after trimming.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15

INVALID_FORM = 50035
EMPTY_MESSAGE = 50006
BAD_JSON = 50109

SNOWFLAKE = re.compile(r"[0-9]{15,20}")

_REST = re.compile(r"[^\s/]+[^\s]*")
_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_SAYING = ("title", "description", "fields", "author", "footer", "image", "thumbnail")
_HIGHEST_COLOR = 0xFFFFFF

Place = tuple[str, ...]
Object = Mapping[str, object]


class Refused(Exception):
    """A status that is not a success, and the body Discord gives with it."""

    def __init__(self, status: int, code: int, message: str, errors: Object | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"message": message, "code": code}
        self.headers = {"Content-Type": "application/json"}
        if errors is not None:
            self.body["errors"] = errors

    def content(self) -> bytes:
        return json.dumps(self.body).encode()


@attrs.define
class Form:
    """Notes everything that is wrong with a body, and where."""

    wrong: list[tuple[Place, str, str]] = attrs.field(factory=list[tuple[Place, str, str]])

    def note(self, where: Place, code: str, message: str) -> None:
        self.wrong.append((where, code, message))

    def members(self, where: Place, value: object) -> Object:
        if isinstance(value, dict):
            return value
        if value is not None:
            self.note(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return {}

    def items(self, where: Place, value: object, most: int) -> Sequence[object]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.note(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return ()
        if len(value) > most:
            self.note(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        return value

    def text(self, where: Place, value: object, most: int, *, required: bool = False) -> int:
        """How long a text is that counts; 0 if there is none."""
        if value is not None and not isinstance(value, str):
            self.note(where, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
            return 0
        length = units(value or "")
        if required and not length:
            self.note(where, "BASE_TYPE_REQUIRED", "This field is required")
        if length > most:
            self.note(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        return length

    def whole(self, where: Place, value: object, most: int) -> int:
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool):
            self.note(where, "NUMBER_TYPE_COERCE", "Value is not int.")
            return 0
        if not 0 <= value <= most:
            self.note(where, "NUMBER_TYPE_MAX", f"int value should be between 0 and {most}.")
        return value

    def flag(self, where: Place, value: object) -> None:
        if value is not None and not isinstance(value, bool):
            self.note(where, "BOOLEAN_TYPE_CONVERT", 'Must be either "true" or "false".')

    def address(self, where: Place, value: object, *, attached: bool = False) -> None:
        if value is None:
            return
        schemes = ("http", "https", "attachment") if attached else ("http", "https")
        scheme, _, rest = str(value).partition("://")
        if scheme not in schemes:
            self.note(where, "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of {schemes}.")
        elif not _REST.fullmatch(rest):
            self.note(where, "URL_TYPE_INVALID_URL", "Not a well formed URL.")

    def tree(self) -> dict[str, object]:
        """The errors as Discord nests them."""
        tree: dict[str, object] = {}
        for where, code, message in self.wrong:
            branch = tree
            for step in where:
                branch = _step(branch, step)
            leaves = branch.setdefault("_errors", [])
            assert isinstance(leaves, list)
            leaves.append({"code": code, "message": message})
        return tree


def _step(branch: dict[str, object], name: str) -> dict[str, object]:
    found = branch.setdefault(name, {})
    assert isinstance(found, dict)
    return found


def units(text: str) -> int:
    """The length of *text* in UTF-16 units, without the space around it."""
    return len(text.strip().encode("utf-16-le", "surrogatepass")) // 2


def read(body: bytes) -> Object:
    """The JSON object that *body* is. Raises `Refused`."""
    try:
        value: object = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, BAD_JSON, "The request body contains invalid JSON.") from None
    if not isinstance(value, dict):
        wrong = Form()
        wrong.members((), value)
        raise Refused(400, INVALID_FORM, "Invalid Form Body", wrong.tree())
    return value


def _no_number(name: str) -> object:
    raise ValueError(name)


def check(message: Object, *, with_components: bool) -> None:
    """Raises `Refused` with everything that is wrong with *message*."""
    form = Form()
    form.text(("content",), message.get("content"), 2000)
    _check_embeds(form, message.get("embeds"))
    _check_sender(form, message)
    _check_mentions(form, message.get("allowed_mentions"))
    _check_parts(form, message)
    if form.wrong:
        raise Refused(400, INVALID_FORM, "Invalid Form Body", form.tree())
    if not _says_something(message, with_components=with_components):
        raise Refused(400, EMPTY_MESSAGE, "Cannot send an empty message")


def _check_embeds(form: Form, value: object) -> None:
    total = 0
    for index, embed in enumerate(form.items(("embeds",), value, 10)):
        where = ("embeds", str(index))
        total += _check_embed(form, where, form.members(where, embed))
    if total > 6000:
        words = "Embed size exceeds maximum size of 6000"
        form.note(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", words)


def _check_embed(form: Form, where: Place, embed: Object) -> int:
    """The characters of *embed* that count towards the sum."""
    total = form.text((*where, "title"), embed.get("title"), 256)
    total += form.text((*where, "description"), embed.get("description"), 4096)
    for part, name, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(part) is not None:
            inner = form.members((*where, part), embed[part])
            total += form.text((*where, part, name), inner.get(name), most, required=True)
            form.address((*where, part, "icon_url"), inner.get("icon_url"), attached=True)
            form.address((*where, part, "url"), inner.get("url"))
    for part in ("image", "thumbnail"):
        if embed.get(part) is not None:
            inner = form.members((*where, part), embed[part])
            form.text((*where, part, "url"), inner.get("url"), 2048, required=True)
            form.address((*where, part, "url"), inner.get("url"), attached=True)
    form.address((*where, "url"), embed.get("url"))
    form.whole((*where, "color"), embed.get("color"), _HIGHEST_COLOR)
    _check_instant(form, (*where, "timestamp"), embed.get("timestamp"))
    return total + _check_fields(form, (*where, "fields"), embed.get("fields"))


def _check_fields(form: Form, where: Place, value: object) -> int:
    total = 0
    for index, item in enumerate(form.items(where, value, 25)):
        here = (*where, str(index))
        field = form.members(here, item)
        total += form.text((*here, "name"), field.get("name"), 256, required=True)
        total += form.text((*here, "value"), field.get("value"), 1024, required=True)
        form.flag((*here, "inline"), field.get("inline"))
    return total


def _check_instant(form: Form, where: Place, value: object) -> None:
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        form.note(where, "DATE_TIME_TYPE_PARSE", "Could not parse the value. Should be ISO8601.")


def _check_sender(form: Form, message: Object) -> None:
    form.address(("avatar_url",), message.get("avatar_url"))
    name = message.get("username")
    if name is None:
        return
    where = ("username",)
    if not form.text(where, name, 80) and isinstance(name, str):
        form.note(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
    plain = " ".join(str(name).lower().split())
    for word in ("clyde", "discord", "@", "#", ":", "```"):
        if word in plain:
            form.note(where, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    if plain in {"everyone", "here"}:
        form.note(where, "USERNAME_INVALID_NOT_ALLOWED", f'Username cannot be "{plain}"')


def _check_mentions(form: Form, value: object) -> None:
    here = ("allowed_mentions",)
    mentions = form.members(here, value)
    parse = form.items((*here, "parse"), mentions.get("parse"), 3)
    for index, kind in enumerate(parse):
        if kind not in ("users", "roles", "everyone"):
            words = "Value must be one of ('users', 'roles', 'everyone')."
            form.note((*here, "parse", str(index)), "BASE_TYPE_CHOICES", words)
    for kind in ("users", "roles"):
        ids = form.items((*here, kind), mentions.get(kind), 100)
        _check_snowflakes(form, (*here, kind), ids)
        if ids and kind in parse:
            words = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.note(here, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
    form.flag((*here, "replied_user"), mentions.get("replied_user"))


def _check_snowflakes(form: Form, where: Place, ids: Sequence[object]) -> None:
    for index, one in enumerate(ids):
        if not SNOWFLAKE.fullmatch(str(one)):
            form.note((*where, str(index)), "NUMBER_TYPE_COERCE", "Value is not snowflake.")
        elif one in ids[:index]:
            words = "The set already contains this value"
            form.note((*where, str(index)), "SET_TYPE_ALREADY_CONTAINS_VALUE", words)


def _check_parts(form: Form, message: Object) -> None:
    form.flag(("tts",), message.get("tts"))
    form.text(("thread_name",), message.get("thread_name"), 100)
    tags = ("applied_tags",)
    _check_snowflakes(form, tags, form.items(tags, message.get("applied_tags"), 5))
    form.members(("poll",), message.get("poll"))
    components = form.items(("components",), message.get("components"), 40)
    for index, component in enumerate(components):
        form.members(("components", str(index)), component)
    flags = form.whole(("flags",), message.get("flags"), 1 << 30)
    if flags & ~_FLAGS:
        form.note(("flags",), "BASE_TYPE_CHOICES", "A webhook cannot set these flags.")
    if flags & COMPONENTS_V2:
        for name in ("content", "embeds", "poll"):
            if message.get(name):
                words = "The 'content', 'embeds' and 'poll' fields cannot be used here"
                form.note((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", words)


def _says_something(message: Object, *, with_components: bool) -> bool:
    embeds = message.get("embeds")
    known = embeds if isinstance(embeds, list) else ()
    return bool(
        str(message.get("content") or "").strip()
        or any(embed.get(part) for embed in known for part in _SAYING)
        or message.get("poll")
        or (with_components and message.get("components"))
    )
