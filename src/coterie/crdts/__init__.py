"""Replicas that agree without asking each other first."""

from coterie._errors import InsufficientRights, ReplicaError
from coterie.crdts._bounded import BoundedCounter
from coterie.crdts._changes import Changes
from coterie.crdts._counter import GCounter, PNCounter
from coterie.crdts._flags import DisableWinsFlag, EnableWinsFlag
from coterie.crdts._gset import GSet
from coterie.crdts._lww_map import LWWMap
from coterie.crdts._lww_set import LWWSet
from coterie.crdts._mv_register import MVRegister
from coterie.crdts._ormap import ORMap
from coterie.crdts._orset import ORSet
from coterie.crdts._register import LWWRegister
from coterie.crdts._remove_wins import RemoveWinsSet
from coterie.crdts._two_phase_set import TwoPhaseSet

__all__ = [
    "BoundedCounter",
    "Changes",
    "DisableWinsFlag",
    "EnableWinsFlag",
    "GCounter",
    "GSet",
    "InsufficientRights",
    "LWWMap",
    "LWWRegister",
    "LWWSet",
    "MVRegister",
    "ORMap",
    "ORSet",
    "PNCounter",
    "RemoveWinsSet",
    "ReplicaError",
    "TwoPhaseSet",
]
