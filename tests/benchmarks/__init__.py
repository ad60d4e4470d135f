"""The parts of the benchmarks that measure nothing: names, tables, the page, the comparison."""
