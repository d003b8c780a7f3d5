"""Prices, overround, key numbers and closing line value. Pure kernels."""
