"""Questions about keys and the containers that hold them."""
