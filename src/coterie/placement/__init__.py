"""Where a key lives: one vocabulary, whatever the scheme."""

from coterie.placement._diff import Diff, Flow, Ranges, diff
from coterie.placement._jump import JumpHash
from coterie.placement._maglev import Maglev
from coterie.placement._rendezvous import Rendezvous
from coterie.placement._ring import HashRing

__all__ = ["Diff", "Flow", "HashRing", "JumpHash", "Maglev", "Ranges", "Rendezvous", "diff"]
