"""Models over time: registered, compared, recalibrated, rolled back."""
