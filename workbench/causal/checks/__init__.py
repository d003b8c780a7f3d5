"""Ways an estimate may be wrong, one a file: each returns a verdict, a table and a sentence.

A check is run after a design, on the same rows, through the ``Design`` protocol alone. A check fails in about one of
twenty cases where nothing is wrong; each says how it is kept there.
"""
