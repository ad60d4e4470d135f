"""Maps of events that are known, with a tombstone for each that was removed."""

from benchmarks.baselines.crdts.elements import name

KINDS = ("counter", "set", "rw_set", "register", "lww", "flag", "dw_flag", "map")


class PlainORMap:
    """Events are (replica, number); `log` has what each is, for all that take part.

    That is the keys on the way to it, the kind of what it belongs to there, and what it means: an amount, an
    element, whether it is in and an element, a value, (stamp, writer, value), or nothing.
    """

    def __init__(self, log):
        self.log, self.known, self.gone = log, set(), set()

    def live(self):
        """The events that were not removed."""
        return self.known - self.gone

    def of(self, keys, kind):
        """Those of a child: what they mean."""
        return {event: self.log[event][2] for event in self.live() if self.log[event][:2] == (keys, kind)}

    def make(self, replica, keys, kind, meaning):
        """An event."""
        event = replica, 1 + max((n for by, n in self.known if by == replica), default=0)
        self.log[event] = keys, kind, meaning
        self.known.add(event)
        return {event}

    def drop(self, events):
        """Removes some."""
        self.gone |= events
        return {*events}

    # ---- what a replica does: the events that it made and removed ----

    def count(self, replica, keys, amount):
        """An increment."""
        return self.make(replica, keys, "counter", amount)

    def clear(self, keys, kind):
        """All of a child goes."""
        return self.drop({*self.of(keys, kind)})

    def delete(self, keys):
        """All below keys goes."""
        return self.drop({event for event in self.live() if self.log[event][0][: len(keys)] == keys})

    def discard_key(self, keys):
        """The same, if it is present."""
        return self.delete(keys) if self.present(keys) else set()

    def empty(self, keys):
        """All below keys goes, but what they hold themselves."""
        below = {event for event in self.live() if len(self.log[event][0]) > len(keys)}
        return self.drop({event for event in below if self.log[event][0][: len(keys)] == keys})

    def add(self, replica, keys, element):
        """An addition to a set."""
        return self.discard(keys, element) | self.make(replica, keys, "set", element)

    def discard(self, keys, element):
        """A removal from it."""
        found = self.of(keys, "set")
        return self.drop({event for event in found if name(found[event]) == name(element)})

    def change(self, replica, keys, is_in, element):
        """An addition to a set in which removals win, or a removal."""
        found = self.of(keys, "rw_set")
        dropped = self.drop({event for event in found if name(found[event][1]) == name(element)})
        return dropped | self.make(replica, keys, "rw_set", (is_in, element))

    def set(self, replica, keys, kind, meaning):
        """A write of a register, or of a flag what makes it another than at first: instead of all others."""
        return self.clear(keys, kind) | self.make(replica, keys, kind, meaning)

    def write(self, replica, keys, stamp, value):
        """A write of which the last stays."""
        write = stamp, replica, value
        last = self.winner(keys)
        if last and (*write[:2], name(value)) < (*last[:2], name(last[2])):
            return set()
        return self.set(replica, keys, "lww", write)

    # ---- two of them ----

    def part(self, events):
        """What is known of some events."""
        return events & self.known, events & self.gone

    def beyond(self, other):
        """The least that the other lacks."""
        return self.part((self.known - other.known) | (other.live() & self.gone))

    def merge(self, part):
        """Know what another knows."""
        self.known |= part[0]
        self.gone |= part[1]

    # ---- what is visible ----

    def winner(self, keys):
        """The (stamp, writer, value) that stays; None if there is none."""
        return max(
            self.of(keys, "lww").values(), key=lambda write: (*write[:2], name(write[2])), default=None
        )

    def in_set(self, keys):
        """The names of what is in a set."""
        return {name(element) for element in self.of(keys, "set").values()}

    def in_rw_set(self, keys):
        """The same, in which removals win."""
        tokens = [(is_in, name(element)) for is_in, element in self.of(keys, "rw_set").values()]
        return {element for _, element in tokens} - {element for is_in, element in tokens if not is_in}

    def present(self, keys):
        """The kinds that keys hold, in order."""
        kinds = set()
        for event in self.live():
            at, kind, meaning = self.log[event]
            if at[: len(keys)] == keys and (kind != "rw_set" or meaning[0]):
                kinds.add(kind if len(at) == len(keys) else "map")
        return [kind for kind in KINDS if kind in kinds]

    def keys(self, keys):
        """Those of the map there that hold anything."""
        below = {self.log[event][0] for event in self.live()}
        all = {at[len(keys)] for at in below if len(at) > len(keys) and at[: len(keys)] == keys}
        return {key for key in all if self.present((*keys, key))}

    def value(self, keys=(), kind="map", see=lambda value: value):
        """What is there; `see` tells what is shown of elements and values."""
        found = list(self.of(keys, kind).values())
        if kind == "counter":
            return see(sum(found))
        if kind == "set":
            return {see(element) for element in found}
        if kind == "rw_set":
            return {see(element) for _, element in found if name(element) in self.in_rw_set(keys)}
        if kind == "register":
            by_name = {name(value): value for value in found}
            return [see(by_name[at]) for at in sorted(by_name)]
        if kind == "lww":
            return see(self.winner(keys)[2] if found else None)
        if kind in ("flag", "dw_flag"):
            return see(bool(found) == (kind == "flag"))
        return {key: self.value((*keys, key), self.present((*keys, key))[0], see) for key in self.keys(keys)}

    def shown(self):
        """What all of it shows."""
        return self.value()
