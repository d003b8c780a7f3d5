"""One module a stage: pure functions from frames and arrays to a ``Finding`` (figure, title, subtitle, alt).

Every function takes ``width`` ("column" for a paper, "page", "wide"); where its input is empty it draws a waiting
panel.
"""
