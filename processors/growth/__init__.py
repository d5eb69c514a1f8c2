"""counts -> growth: floors at every scale, what is learned of their noise, and what a rise looks like.

Read in this order: windows, roster, series, load, noise, measure, questions, evaluate, group.
"""
