"""Replicas that agree without asking each other first."""

from coterie._errors import ReplicaError
from coterie.crdts._changes import Changes
from coterie.crdts._counter import GCounter, PNCounter

__all__ = [
    "Changes",
    "GCounter",
    "PNCounter",
    "ReplicaError",
]
