"""Matching of other people's records with entities of ours, and what of ours they take along.

Nothing in here knows HTTP or a version of the reconciliation protocol but `protocol`: it reads what
is sought, and `matching` answers with candidates whose features explain their score.
"""
