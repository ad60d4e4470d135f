"""Benchmarks of Coterie: run them with `python -m benchmarks`."""
