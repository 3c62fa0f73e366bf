"""Whether the mail server would take our mail: connect, encrypt, log in, and leave without sending."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from alerts.channels import smtp_login
from monitor.mail_token import token_of

if TYPE_CHECKING:
    from config.settings import Smtp

SECONDS = 10.0


def probe(smtp: Smtp, seconds: float = SECONDS) -> str | None:
    """What is wrong with the server of `smtp`, as a sentence; None where it answers, encrypts and knows us."""
    return asyncio.run(_probe(smtp, seconds))


async def _probe(smtp: Smtp, seconds: float) -> str | None:
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        timeout=seconds,
        use_tls=smtp.security == "tls",
        start_tls=smtp.security == "starttls",  # never None: the library's default goes on in clear
    )
    place = f"{smtp.host}:{smtp.port}"
    try:
        await client.connect()
        if smtp.auth == "password":
            if smtp.password is None:
                return f"{place}: no password was found in the environment"
            await smtp_login.by_password(client, smtp.username or "", smtp.password.get_secret_value())
        elif smtp.auth == "oauth2":
            token = token_of(smtp, monotonic)
            await smtp_login.by_token(client, smtp.username or "", token, (smtp.host, smtp.port))
        await client.quit()
    except aiosmtplib.SMTPAuthenticationError as error:
        return f"{place}: the server does not accept the login of {smtp.username} ({error.code})"
    except (
        aiosmtplib.SMTPException,
        OSError,
        smtp_login.NoTokenError,
    ) as error:  # TLS errors are OSErrors, not SMTP's
        return f"{place}: {' '.join(str(error).split()) or type(error).__name__}"
    finally:
        client.close()
    return None
