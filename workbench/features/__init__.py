"""What teams, quarterbacks and drives are like, shrunken and dated. Pure kernels."""
