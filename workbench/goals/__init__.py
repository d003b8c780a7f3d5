"""Goals: how strong teams are at scoring them and at stopping them, and what scorelines follow."""
