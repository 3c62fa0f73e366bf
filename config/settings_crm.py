"""How LeftTurn logs in to a CRM: which proof, and where its secrets come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import OnDisk, Text
from config.passwords import found_by_the_loader, kept_outside
from config.section import Section

Secret = SkipJsonSchema[
    Annotated[SecretStr | None, kept_outside("the name of a variable or a file: see docs/crm.md")]
]


class CrmLogin(Section):
    """HubSpot: `token_env` or `token_file`. Salesforce: `client_id_env` with one of two proofs.

    client_secret_env               the client credentials flow
    username and private_key_file   the JWT bearer flow

    The others are found by the loader, and are in no output.
    """

    made = frozenset({"token", "client_id", "client_secret", "private_key"})

    token_env: Text | None = None
    token_file: OnDisk | None = None
    client_id_env: Text | None = None
    client_secret_env: Text | None = None
    username: Text | None = None
    private_key_file: OnDisk | None = None
    token: Secret = found_by_the_loader()
    client_id: Secret = found_by_the_loader()
    client_secret: Secret = found_by_the_loader()
    private_key: Secret = found_by_the_loader()
