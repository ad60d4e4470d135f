"""Each algorithm in the plainest Python: the oracle of the tests and the baseline of the benchmarks."""
