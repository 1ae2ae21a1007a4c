"""The lessons as web pages: executed, with figures and formulas, readable offline and on a phone.

jupytext reads a lesson as a notebook, nbclient runs it, nbconvert makes HTML of it, latex2mathml makes MathML
of its formulas, which browsers draw by themselves. What is left for this package is the frame around it.

    python -m lessons.site [N ...] [--out site]
"""
