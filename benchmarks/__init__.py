"""Measured comparisons with peers; `python -m benchmarks` runs all of them."""
