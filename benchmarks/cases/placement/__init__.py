"""Questions about coterie.placement."""
