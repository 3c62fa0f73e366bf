"""Send every sample mail to the MTA on a port, read its Maildir, and hold what arrived against what was sent."""

from __future__ import annotations

import mailbox
import re
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from alerts import samples
from alerts.channels import EmailChannel
from alerts.types import Email

PATIENCE_SECONDS = 60.0
BEGUN = frozenset({"opened", "preview"})


def main(port: int, inbox: Path) -> int:
    """Print what was proved; 1 where anything differs."""
    sent = {sample.email.message_id: sample for sample in samples.every()}
    road = EmailChannel("127.0.0.1", port, "none")
    refused = [one for one in road.deliver([s.email for s in sent.values()]) if one[1].state != "sent"]
    if refused:
        print(f"not taken: {refused[0][1]}")
        return 1
    arrived = received(inbox, len(sent))
    wrong = [problem for id_, sample in sent.items() for problem in problems(sample.email, arrived.get(id_))]
    wrong += [
        f"{sample.name} is in no thread"
        for sample in sent.values()
        if sample.email.kind == "alert"
        and sample.kind not in BEGUN
        and parsed(arrived[sample.email.message_id])["References"] not in arrived
    ]
    for problem in wrong:
        print(problem)
    threads = {str(parsed(raw)["References"] or id_) for id_, raw in arrived.items()}
    size = sum(map(len, arrived.values())) / 1000
    print(
        f"{len(arrived)} of {len(sent)} mails arrived, {size:,.0f} kB, in {len(threads)} threads; "
        f"{len(wrong)} differ in body, headers, parts or pictures from what was sent"
    )
    return 1 if wrong or len(arrived) != len(sent) else 0


def received(inbox: Path, count: int) -> dict[str, bytes]:
    """The mails of the Maildir by their Message-ID, once `count` are there or patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and len(list(inbox.glob("new/*"))) < count:
        time.sleep(0.2)
    if not inbox.exists():
        return {}
    box = mailbox.Maildir(inbox)
    raw = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118  iterating it gives mails, not keys
    return {str(parsed(one)["Message-ID"]): one for one in raw}


def parsed(raw: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(raw, policy=policy.default)


def problems(email: Email, raw: bytes | None) -> list[str]:
    """What differs between a mail and what arrived of it, beyond the lines that an MTA puts before."""
    if raw is None:
        return [f"{email.subject}: did not arrive"]
    wanted, found = email.content.replace(b"\r\n", b"\n"), raw.replace(b"\r\n", b"\n")
    wrong = []
    if wanted.partition(b"\n\n")[2].rstrip(b"\n") != found.partition(b"\n\n")[2].rstrip(b"\n"):
        wrong.append(f"{email.subject}: the body is another")
    before, after = parsed(email.content), parsed(raw)
    if {name: str(before[name]) for name in before} != {name: str(after[name]) for name in before}:
        wrong.append(f"{email.subject}: the headers are others")
    if after.defects or any(part.defects for part in after.walk()):
        wrong.append(f"{email.subject}: has defects")
    page = after.get_body(preferencelist=("html",))
    shown = set(re.findall(r'src="cid:([^"]+)"', str(page.get_content()))) if page else set()
    pictures = {str(part["Content-ID"]).strip("<>"): part for part in after.walk() if part["Content-ID"]}
    if shown != set(pictures) or any(not p.get_content().startswith(b"\x89PNG") for p in pictures.values()):
        wrong.append(f"{email.subject}: pictures are missing or broken")
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
