"""The road the mails take: the configured server, or the folder where there is none."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from alerts.channels import CHANNELS, Channel
from monitor.mail_token import token_of

if TYPE_CHECKING:
    from config.settings import Mail


def channel_of(mail: Mail) -> Channel:
    """The channel that the configuration asks for."""
    smtp = mail.smtp
    if smtp is None:
        if mail.folder is None:
            raise ValueError("a configuration without a server has a folder")
        return CHANNELS["folder"](folder=mail.folder)
    return CHANNELS["email"](
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.get_secret_value() if smtp.password is not None else None,
        token=token_of(smtp, monotonic) if smtp.auth == "oauth2" else None,
    )


def wrong_templates(mail: Mail) -> list[str]:
    """What is wrong with the operators' own templates, a sentence each; nothing where there are none."""
    from alerts.own_templates import problems_of

    return [] if mail.templates is None else [f"mail.templates: {one}" for one in problems_of(mail.templates)]
