"""Questions about coterie.crdts."""
