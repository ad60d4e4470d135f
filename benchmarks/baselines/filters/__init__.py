"""Plain filters."""
