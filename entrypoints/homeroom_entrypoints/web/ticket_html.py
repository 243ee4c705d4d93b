"""How the pages behind letters are written. Whatever is put into them is escaped here."""

from collections.abc import Sequence
from enum import Enum
from html import escape

import attrs

_NO_TICKET = "ticket_not_good"


class Leaf(Enum):
    """Which of the pages it is."""

    INVITATION = "invitation"
    RESET = "reset"


_WELCOME = {
    Leaf.INVITATION: "You are invited. Choose the password that you will sign in with.",
    Leaf.RESET: "Choose the password that you will sign in with from now on.",
}
_ANOTHER = {
    Leaf.INVITATION: "Whoever invited you can send you another one.",
    Leaf.RESET: "Where you sign in, say once more that you forgot your password.",
}


@attrs.frozen(kw_only=True)
class Writer:
    """Writes the pages of one house. Their style and script are at *assets*."""

    assets: str
    sign_in_url: str
    """Where people sign in; empty where nobody has said it."""

    def form(self, leaf: Leaf, *, token: str = "", problems: Sequence[str] = ()) -> str:
        """The form, with the *token* in it where it is known already."""
        alert = "".join(f"<p>{escape(one)}</p>" for one in problems)
        return self._page(
            "Choose a password",
            f'<div role="alert">{alert}</div>' if alert else f"<p>{_WELCOME[leaf]}</p>",
            '<form method="post">',
            _known(token) if token else _ASKED,
            _field("password", "New password"),
            _field("again", "The same once more"),
            "<button>Choose this password</button>",
            "</form>",
        )

    def done(self, user_name: str) -> str:
        name, url = escape(user_name), escape(self.sign_in_url)
        way = f'<p><a href="{url}">Sign in</a></p>' if url else ""
        return self._page(
            "Your password is chosen",
            f"<p>From now on you sign in as <strong>{name}</strong>, with your new password. ",
            "Wherever you were signed in before, you are not any more.</p>",
            way,
        )

    def refused(self, leaf: Leaf, why: str, *, code: str, trace_id: str) -> str:
        advice = f"<p>{_ANOTHER[leaf]}</p>" if code == _NO_TICKET else ""
        return self._page(
            "This did not work",
            f'<div role="alert"><p>{escape(why)}</p></div>',
            advice,
            f"<p><small>If you ask somebody for help, tell them: {escape(trace_id)}</small></p>",
        )

    def _page(self, title: str, *body: str) -> str:
        assets = escape(self.assets)
        return "\n".join(
            [
                '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="robots" content="noindex">',
                f"<title>{title}</title>",
                f'<link rel="stylesheet" href="{assets}/ticket.css">',
                f'<script src="{assets}/ticket.js" defer></script>',
                f"</head>\n<body>\n<main>\n<h1>{title}</h1>",
                *filter(None, body),
                "</main>\n</body>\n</html>\n",
            ]
        )


_ASKED = (
    '<p><label for="token">The whole link from your letter</label>'
    '<input id="token" name="token" autocomplete="off" spellcheck="false" required></p>'
)


def _known(token: str) -> str:
    return f'<input type="hidden" name="token" value="{escape(token)}">'


def _field(name: str, label: str) -> str:
    return (
        f'<p><label for="{name}">{label}</label><input id="{name}" name="{name}" type="password" '
        'autocomplete="new-password" required></p>'
    )
