"""Questions about coterie.hashing."""
