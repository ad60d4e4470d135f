"""A subclass whose __new__ makes something else gets an error, never an object of the wrong layout."""

import subprocess
import sys

import pytest

PROGRAM = """
import copy
from coterie import HashRing, JumpHash

class Ring(HashRing):
    def __new__(cls, *arguments, **options):
        return other if switched else super().__new__(cls)

class Shards(JumpHash):
    def __new__(cls, *arguments, **options):
        return other if switched else super().__new__(cls)

switched = False
made = Ring(["a", "b"]) if {ring} else Shards(5)
data = made.to_bytes()
other = {other}
switched = True
calls = [made.copy, lambda: copy.copy(made), lambda: copy.deepcopy(made), lambda: type(made).from_bytes(data)]
for call in calls:
    try:
        got = call()
    except TypeError:
        pass
    else:
        assert got is other and type(got) is HashRing and {ring}, got
        got["key"]
print("alive")
"""


@pytest.mark.parametrize("ring", [True, False], ids=["ring", "shards"])
@pytest.mark.parametrize("other", ["JumpHash(5)", "HashRing(['c'])", "None", "object()"])
def test_other_new(ring, other):
    program = PROGRAM.format(ring=ring, other=other)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, "alive\n"), result.stderr
