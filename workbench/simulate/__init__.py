"""Games drawn drive by drive. Pure kernels."""
