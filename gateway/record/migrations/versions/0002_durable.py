"""Content is sealed; commands are leased; labels, strikes, cases and heads are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from gateway.record.seal import Content, Seal

revision = "0002"
down_revision = "0001"

_KEY = ("tenant", "id", "rev")


def upgrade() -> None:
    """Bring the tables there; what people wrote is encrypted on the way."""
    for table in ("evidence", "holds"):
        op.add_column(table, sa.Column("sealed", sa.LargeBinary()))
        _seal(table)
        with op.batch_alter_table(table) as batch:
            batch.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
            batch.drop_column("text")
            batch.drop_column("name")
    op.add_column("holds", sa.Column("told", sa.Double()))
    op.execute("UPDATE holds SET told = decided")
    op.create_index("holds_decided", "holds", ["decided"])
    op.create_index("holds_untold", "holds", ["told", "decided"])
    op.create_index("holds_user", "holds", ["tenant", "user"])
    op.add_column("keys", sa.Column("expires", sa.Double()))
    _commands()
    _labels()
    _strikes()
    _cases()
    op.create_table(
        "heads",
        *_text("writer"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("writer", "seq"),
    )
    op.create_index("heads_at", "heads", ["at"])


def downgrade() -> None:
    """Take them back; what was sealed can be read by anybody again."""
    for table in ("heads", "cases", "strikes", "labels"):
        op.drop_table(table)
    op.drop_index("commands_seq", "commands")
    op.drop_index("commands_event", "commands")
    op.drop_index("commands_target", "commands")
    op.drop_index("commands_tenant", "commands")
    op.drop_index("holds_user", "holds")
    op.drop_index("holds_untold", "holds")
    op.drop_index("holds_decided", "holds")
    _drop("commands", "sent", "leased", "node")
    _drop("keys", "expires")
    _drop("holds", "told")
    for table in ("evidence", "holds"):
        for name in ("name", "text"):
            op.add_column(table, sa.Column(name, sa.Text()))
        _open(table)
        with op.batch_alter_table(table) as batch:
            batch.alter_column("name", existing_type=sa.Text(), nullable=False)
            batch.alter_column("text", existing_type=sa.Text(), nullable=False)
            batch.drop_column("sealed")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _drop(table: str, *names: str) -> None:
    with op.batch_alter_table(table) as batch:
        for name in names:
            batch.drop_column(name)


def _sealing() -> Seal:
    seal = context.config.attributes["seal"]
    assert isinstance(seal, Seal)
    return seal


def _rows(name: str) -> sa.TableClause:
    names = (*_KEY, "name", "text", "sealed")
    return sa.table(name, *(sa.column(each) for each in names))


def _seal(name: str) -> None:
    table, seal, connection = _rows(name), _sealing(), op.get_bind()
    columns = table.c
    query = sa.select(columns.tenant, columns.id, columns.rev, columns.text, columns.name)
    for tenant, id, rev, text, author in connection.execute(query).all():
        sealed = seal.seal(Content(text, author), (tenant, id, rev))
        where = (columns.tenant == tenant) & (columns.id == id) & (columns.rev == rev)
        connection.execute(sa.update(table).where(where).values(sealed=sealed))


def _open(name: str) -> None:
    table, seal, connection = _rows(name), _sealing(), op.get_bind()
    columns = table.c
    query = sa.select(columns.tenant, columns.id, columns.rev, columns.sealed)
    for tenant, id, rev, sealed in connection.execute(query).all():
        content = seal.open(bytes(sealed), (tenant, id, rev))
        where = (columns.tenant == tenant) & (columns.id == id) & (columns.rev == rev)
        values = {"text": content.text, "name": content.name}
        connection.execute(sa.update(table).where(where).values(**values))


def _commands() -> None:
    op.add_column("commands", sa.Column("node", sa.Text()))
    op.add_column("commands", sa.Column("leased", sa.Double()))
    op.add_column("commands", sa.Column("sent", sa.Double()))
    op.execute("UPDATE commands SET node = '', leased = 0")
    with op.batch_alter_table("commands") as batch:
        batch.alter_column("node", existing_type=sa.Text(), nullable=False)
        batch.alter_column("leased", existing_type=sa.Double(), nullable=False)
    op.create_index("commands_tenant", "commands", ["tenant", "outcome", "created"])
    op.create_index("commands_target", "commands", ["tenant", "target_kind", "room", "target"])
    op.create_index("commands_event", "commands", ["tenant", "event"])
    op.create_index("commands_seq", "commands", ["seq"])


def _labels() -> None:
    op.create_table(
        "labels",
        *_text("tenant", "kind", "room", "id", "label"),
        sa.Column("until", sa.Double()),
        *_text("because", "category", "by", "event"),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.Double(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "room", "id", "label"),
    )
    op.create_index("labels_changed", "labels", ["changed"])
    op.create_index("labels_ended", "labels", ["ended", "changed"])
    op.create_index("labels_until", "labels", ["until"])
    op.create_index("labels_event", "labels", ["tenant", "event"])


def _strikes() -> None:
    op.create_table(
        "strikes",
        *_text("tenant", "user", "event"),
        sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("strikes", sa.BigInteger(), nullable=False),
        *_text("rule"),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user", "event", "rev"),
    )
    op.create_index("strikes_changed", "strikes", ["changed"])
    op.create_index("strikes_ended", "strikes", ["ended", "changed"])
    op.create_index("strikes_event", "strikes", ["tenant", "event"])


def _cases() -> None:
    op.create_table(
        "cases",
        *_text("id", "state", "tenant"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("queue", "priority", "about", "ref", "room", "because"),
        sa.PrimaryKeyConstraint("id", "state"),
    )
    op.create_index("cases_at", "cases", ["tenant", "at"])
