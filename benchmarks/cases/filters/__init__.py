"""Questions about coterie.filters."""
