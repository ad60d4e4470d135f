"""What does causal delivery cost when all messages come in order, and when they come in reverse?"""

from functools import partial

import pytest

from benchmarks import contenders

SIZES = [250, 1000]


@pytest.mark.parametrize("who", ["coterie.Buffer", "plain.Buffer"])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("order", ["in order", "in reverse"])
def test_receive(row, order, n, who):
    """All messages of one sender: each of those in reverse waits for the one before it."""
    row.ask(f"CausalBuffer.receive, {order}", f"{n} messages", unit="message")
    kind = contenders.find(who)
    messages = kind.messages(n)
    if order == "in reverse":
        messages.reverse()
    row.check(kind, [kind.receive_all(messages)], [list(range(n))])
    return row.time(kind, partial(kind.receive_all, messages), per=n)
