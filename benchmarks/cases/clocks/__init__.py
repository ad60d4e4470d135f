"""Questions about coterie.clocks."""
