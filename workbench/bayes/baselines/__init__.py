"""What every network must beat."""
