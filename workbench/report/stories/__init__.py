"""What each stage's page says: sentences, key numbers, figures and tables, computed from the stage's results."""
