"""Text from outside made harmless before anything is made of it: names out of the CRM, words of the configuration.

Whoever can fill in a web form writes into the CRM. What comes out of here is one line of visible characters, of
bounded length, in normal form: no control or direction character, no invisible one, no pile of accents, and
nothing that a mail program would turn into a link by itself.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
LONGEST_NAME = 40
ELLIPSIS = "…"
MOST_MARKS = 2
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_FILLERS = frozenset(
    "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
)  # letters by category, blank on the screen
_MARKS = frozenset({"Mn", "Me"})


def clean(value: object, longest: int = LONGEST) -> str:
    r"""`value` as one harmless line of at most `longest` characters, cut with an ellipsis.

    >>> clean("Acme\r\nBcc: all@acme.example")
    'Acme Bcc: all@acme.example'
    >>> clean("\u202eelif.exe  see https://evil.example")
    'elif.exe see https: //evil.example'
    >>> clean("Incorporated Society", 12)
    'Incorporate…'
    """
    text = str(value)[: 8 * longest]
    text = unicodedata.normalize("NFC", "".join(_visible(text)))
    text = _not_a_link(" ".join(text.split()))
    return text if len(text) <= longest else text[: longest - 1].rstrip() + ELLIPSIS


def name(value: object) -> str:
    """A name as a mail shows it: of a segment, a metric, a source, a company."""
    return clean(value, LONGEST_NAME)


def _visible(text: str) -> list[str]:
    """The characters of `text` that can be seen; blanks and line ends become plain spaces."""
    kept: list[str] = []
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in _MARKS else 0
        if sign in "\t\n\r\v\f\x1c\x1d\x1e\x85" or category in _SPACES:
            kept.append(" ")
        elif category not in _INVISIBLE and sign not in _FILLERS and marks <= MOST_MARKS:
            kept.append(sign)
    return kept


def _not_a_link(text: str) -> str:
    return re.sub(r"(?i)\bwww\.(?=\S)", r"\g<0> ", text.replace("://", ": //"))


def header(value: object, longest: int = 200) -> str:
    """`value` for a mail header: one line that no mail program decodes into another.

    >>> header("=?utf-8?q?Paid?=")
    '= ?utf-8?q?Paid?='
    """
    return clean(str(value).replace("=?", "= ?"), longest)


def slug(value: object, longest: int = 48) -> str:
    """`value` as a piece of a file name or an identifier: small letters, digits and hyphens.

    >>> slug("Market shift: Zürich down 9 points"), slug("../../etc/passwd"), slug("日本")
    ('market-shift-zurich-down-9-points', 'etc-passwd', 'x')
    """
    plain = unicodedata.normalize("NFKD", str(value)[: 8 * longest]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:longest].strip("-") or "x"
