"""How sure the model was of a bet, and whether a person must name it to approve it; unknown for bets placed before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns; the bets there are keep everything else."""
    op.add_column("weekly_bets", sa.Column("confidence", sa.Double(), nullable=True))
    op.add_column("weekly_bets", sa.Column("needs_approval", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("weekly_bets", "needs_approval")
    op.drop_column("weekly_bets", "confidence")
