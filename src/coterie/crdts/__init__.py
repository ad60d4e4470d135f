"""Replicas that agree without asking each other first."""

from coterie._errors import InsufficientRights, ReplicaError
from coterie.crdts._bounded import BoundedCounter
from coterie.crdts._changes import Changes
from coterie.crdts._counter import GCounter, PNCounter
from coterie.crdts._ormap import ORMap
from coterie.crdts._orset import ORSet
from coterie.crdts._register import LWWRegister

__all__ = [
    "BoundedCounter",
    "Changes",
    "GCounter",
    "InsufficientRights",
    "LWWRegister",
    "ORMap",
    "ORSet",
    "PNCounter",
    "ReplicaError",
]
