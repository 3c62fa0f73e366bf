"""How alembic reaches the database: through the connection that `monitor.store.schema` opened and locked.

To draft the next step: `monitor.store.schema.alembic_config()` with a connection in `attributes`, then
`alembic.command.revision(config, autogenerate=True, rev_id="0002")`.
"""

from __future__ import annotations

from alembic import context

from monitor.store.tables import metadata


def run() -> None:
    """Run the steps that are asked for in the transaction the connection is in."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        transactional_ddl=True,  # SQLite can, once its driver begins nothing by itself
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which alembic loads this file
    run()
