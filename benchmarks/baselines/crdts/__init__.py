"""Replicated structures in plain Python: the dicts that programs use, and models of what replicas did."""
