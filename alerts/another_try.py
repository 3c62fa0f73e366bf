"""What a second try of a mail changes in its frozen bytes; the Message-ID never.

A mail that may have arrived says so in a header, above all others, for whoever wonders why there are two. One whose
page was refused (too large, a picture too many, a filter that dislikes it) goes out as its text alone, and says that.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from alerts.envelope import WIRE

POSSIBLE_DUPLICATE = b"X-Possible-Duplicate: 1\r\n"
TEXT_ALONE = "The mail server did not take this mail with its page and pictures, so this is its text alone."
OF_A_PART = ("content-type", "content-transfer-encoding", "mime-version", "content-disposition")


def as_possible_duplicate(content: bytes) -> bytes:
    r"""The same mail, saying that a copy of it may have arrived.

    >>> as_possible_duplicate(b"Subject: x\r\n\r\nbody")[:40]
    b'X-Possible-Duplicate: 1\r\nSubject: x\r\n\r\nb'
    """
    return content if content.startswith(POSSIBLE_DUPLICATE) else POSSIBLE_DUPLICATE + content


def as_plain_text(content: bytes) -> bytes:
    """The same headers over the text part alone, which says so; the mail itself where it has no other part."""
    whole = message_from_bytes(content, policy=policy.default)
    text = whole.get_body(preferencelist=("plain",))
    if text is None or not whole.is_multipart():
        return content
    alone = EmailMessage(policy=WIRE)
    for name, value in whole.items():
        if name.lower() not in OF_A_PART and name.lower() != "content-language":
            alone[name] = value
    words = str(text.get_content()).rstrip("\n")
    alone.set_content(f"{words}\n\n{TEXT_ALONE}\n", cte="quoted-printable")
    if whole["Content-Language"]:
        alone["Content-Language"] = str(whole["Content-Language"])
    return alone.as_bytes(policy=WIRE)
