"""From a PyMC model to draws of its posterior."""
