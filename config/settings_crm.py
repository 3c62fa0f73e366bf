"""How LeftTurn logs in to a CRM: which proof, and where its secrets come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Text, read_text
from config.refusal import refuse
from config.section import Section


def _no_secret(value: Any) -> Any:
    if value is None or isinstance(value, SecretStr):
        return value
    raise refuse("must not stand in this file; write the name of a variable or a file: see docs/crm.md")


def _file(value: Any) -> Any:
    return value if isinstance(value, Path) else Path(read_text(value))


Secret = SkipJsonSchema[Annotated[SecretStr | None, PlainValidator(_no_secret)]]


def _found() -> Any:
    return Field(default=None, exclude=True, repr=False)


class CrmLogin(Section):
    """HubSpot: `token_env` or `token_file`. Salesforce: `client_id_env` with one of two proofs.

    client_secret_env               the client credentials flow
    username and private_key_file   the JWT bearer flow

    The others are found by the loader, and are in no output.
    """

    made = frozenset({"token", "client_id", "client_secret", "private_key"})

    token_env: Text | None = None
    token_file: Annotated[Path | None, BeforeValidator(_file)] = None
    client_id_env: Text | None = None
    client_secret_env: Text | None = None
    username: Text | None = None
    private_key_file: Annotated[Path | None, BeforeValidator(_file)] = None
    token: Secret = _found()
    client_id: Secret = _found()
    client_secret: Secret = _found()
    private_key: Secret = _found()
