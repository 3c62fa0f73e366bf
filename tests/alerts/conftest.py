"""What the mail tests share."""

from smtp_servers import (  # noqa: F401  fixtures
    certificates,
    certificates_of_another_host,
    expired_certificates,
    login,
    real_server,
    script_of,
    scripted_server,
)
