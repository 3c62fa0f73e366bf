"""Whether the budget adds up, and whether events and readers name what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from config.check_where import check_where
from config.document import Loc, Wrong
from config.refusal import did_you_mean, listed
from config.settings import Person, Settings, Smtp


def check_attention(settings: Settings) -> Iterator[Wrong]:
    """The budget and its lanes."""
    attention = settings.attention
    share = attention.share
    if abs(share.company + share.segments - 1) > 1e-9:
        rest = f"{1 - share.company:.6g}"
        yield (
            ("attention", "share"),
            f"company and segments must add up to 1; beside {share.company:g}, write {rest}",
        )
    alarms = attention.false_alarms_per_year
    if attention.watch.false_alarms_per_year < alarms:
        yield (
            ("attention", "watch", "false_alarms_per_year"),
            f"must be at least {alarms:g}, as attention.false_alarms_per_year: watching is the looser lane",
        )


def check_budget(settings: Settings) -> Iterator[Wrong]:
    """A group that is watched needs a part of the budget."""
    if not settings.attention.share.company:
        yield (
            ("attention", "share", "company"),
            "is 0, and the company as a whole is always watched; give it a part",
        )
    if settings.segments and not settings.attention.share.segments:
        yield (
            ("attention", "share", "segments"),
            "is 0 while segments are watched; give them a part, or leave segments out",
        )


def check_directions(settings: Settings) -> Iterator[Wrong]:
    """Directions of metrics that there are not."""
    if settings.attention.directions != "both":
        for name in settings.attention.directions:
            yield from _metric(name, ("attention", "directions", name), settings)


def check_events(settings: Settings) -> Iterator[Wrong]:
    """Events that affect metrics, or deals, that there are not."""
    for position, event in enumerate(settings.events):
        at: Loc = ("events", position)
        for place, name in enumerate(event.affects):
            yield from _metric(name, (*at, "affects", place), settings)
        yield from check_where(event.where, (*at, "where"), settings)


def _metric(name: str, at: Loc, settings: Settings) -> Iterator[Wrong]:
    if name not in settings.metrics:
        near = did_you_mean(name, settings.metrics)
        yield at, f"{name} is no metric here; {listed(settings.metrics)} are{near}"


def check_mail(settings: Settings) -> Iterator[Wrong]:
    """The mail server and the sender."""
    mail = settings.mail
    if mail.smtp is None:
        return
    if "from_" not in mail.model_fields_set:
        yield (
            ("mail", "from"),
            'is missing: a server wants a sender, such as "LeftTurn <leftturn@acme.example>"',
        )
    yield from _smtp(mail.smtp, ("mail", "smtp"))


def _smtp(smtp: Smtp, at: Loc) -> Iterator[Wrong]:
    named = [name for name in ("password_env", "password_file") if getattr(smtp, name) is not None]
    if len(named) == 2:
        yield (*at, "password_file"), "and password_env are both given; the password comes from one of them"
    if smtp.auth == "password":
        if smtp.username is None:
            yield (*at, "username"), "is missing: auth: password needs one"
        if not named:
            yield (
                (*at, "password_env"),
                "is missing: the environment variable with the password, or password_file",
            )
    elif smtp.auth == "oauth2":
        yield from _oauth2(smtp, named, at)
    elif named or smtp.username is not None:
        yield (*at, "auth"), "a username or password is given and not used; write auth: password"
    if smtp.auth != "oauth2":
        unused = [name for name in TOKENS if getattr(smtp, name) is not None]
        yield from (((*at, name), "is given and not used; write auth: oauth2") for name in unused)
    if smtp.security == "none" and not _is_loopback(smtp.host):
        yield (
            (*at, "security"),
            "none sends mails in clear, and is for this machine only; write starttls or tls",
        )


TOKENS = ("token_env", "token_file", "oauth")


def _oauth2(smtp: Smtp, passwords: list[str], at: Loc) -> Iterator[Wrong]:
    """A token wants a name, and to come from one place; what an identity server is asked with comes from outside."""
    if smtp.username is None:
        yield (*at, "username"), "is missing: auth: oauth2 needs one"
    yield from (((*at, name), "is given and not used; auth: oauth2 logs in by token") for name in passwords)
    named = [name for name in TOKENS if getattr(smtp, name) is not None]
    if not named:
        yield (*at, "auth"), "oauth2 needs a token: write token_env, token_file or oauth"
    if len(named) > 1:
        yield (*at, named[-1]), f"and {named[0]} are both given; the token comes from one of them"
    if smtp.oauth is None:
        return
    at = (*at, "oauth", "client_secret_env")
    missing = [smtp.oauth.client_secret_env, smtp.oauth.client_secret_file].count(None)
    if missing == 2:
        yield at, "is missing: the environment variable with the secret, or client_secret_file"
    if missing == 0:
        yield at, "and client_secret_file are both given; the secret comes from one of them"


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_people(settings: Settings) -> Iterator[Wrong]:
    """Readers named twice, or narrowed by what mails do not carry."""
    seen = set[str]()
    for position, person in enumerate(settings.people):
        at: Loc = ("people", position)
        if person.email.casefold() in seen:
            yield (*at, "email"), f"{person.email} is named twice; one entry is one reader"
        seen.add(person.email.casefold())
        yield from _narrowed(person, at, [segment.by for segment in settings.segments])


def _narrowed(person: Person, at: Loc, segments: Iterable[str]) -> Iterator[Wrong]:
    if person.verdicts and "inflections" not in person.receives:
        yield (*at, "verdicts"), "is about inflections, which this reader does not receive"
    for condition in person.where.conditions if person.where else ():
        here = (*at, "where", condition.name)
        if condition.name not in segments:
            near = did_you_mean(condition.name, segments)
            yield here, f"readers are chosen by segment, and {condition.name} is not in segments{near}"
        elif condition.op == "missing":
            yield (*here, "missing"), "cannot choose: a segment is never without its value; name the values"
