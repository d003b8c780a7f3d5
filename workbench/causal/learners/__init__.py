"""How effects vary: meta-learners, doses, and tests of whether they vary at all."""
