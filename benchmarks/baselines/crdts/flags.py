"""Flags: the events of the side that wins."""

from benchmarks.baselines.crdts.events import PlainEvents


class PlainEnableWinsFlag(PlainEvents):
    """Events enable it."""

    def enable(self, replica):
        """The events that it made and dropped."""
        return self.make(replica, None, self.live())

    def disable(self, replica):
        """The events that it dropped."""
        return self.drop(self.live())

    def shown(self):
        """Whether it is enabled."""
        return bool(self.live())


class PlainDisableWinsFlag(PlainEnableWinsFlag):
    """Events disable it."""

    enable, disable = PlainEnableWinsFlag.disable, PlainEnableWinsFlag.enable

    def shown(self):
        """Whether it is enabled."""
        return not self.live()
