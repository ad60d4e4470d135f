"""Plain hash functions."""
