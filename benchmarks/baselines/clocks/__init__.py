"""Clocks in plain Python: what the tests compare with, and what the benchmarks beat."""
