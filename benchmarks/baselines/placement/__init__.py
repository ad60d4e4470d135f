"""Plain placement schemes."""
