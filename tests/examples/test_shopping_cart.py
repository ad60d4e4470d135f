"""The example ends as its list of changes says, and notices when it does not."""

import re
from functools import partial

import pytest

from tests.examples import script

NAME = "shopping_cart"
run = partial(script.run, NAME)
loaded = partial(script.module, NAME)


def test_the_story():
    done = run("--random", 300)
    assert (done.returncode, done.stderr) == (0, "")
    cart = done.stdout.partition("in the cart:\n")[2].partition("\n\n")[0].split("\n")
    assert cart == [
        "    rice    1 of the phone: the laptop's checkout had not seen it",
        "    jam     2 of the laptop: the phone's checkout had not seen it",
        "    tea     1 of the shop: the phone's checkout and the laptop's checkout had not seen it",
    ]
    assert "by both: bread, milk, tea" in done.stdout
    assert "checked: 301 carts" in done.stdout
    deltas, digests, diffs, states, saved = (
        int(number.replace(",", ""))
        for number in re.search(
            r"^([\d,]+) bytes of deltas, ([\d,]+) bytes of digests, ([\d,]+) bytes of diffs\n"
            r"whole states in their place: ([\d,]+) bytes; saved: ([\d,]+)$",
            done.stdout,
            re.M,
        ).groups()
    )
    assert saved == states - deltas - digests - diffs > 0


def test_reset_alone():
    """What was put in beside a removal stays alone, whoever goes first."""
    example = loaded()
    for first, second in (("phone", "laptop"), ("laptop", "phone")):
        cart = example.Cart()
        cart.put("shop", "milk", 5)
        cart.cut.update(("phone", "laptop"))
        cart.put(first, "milk", 2)
        cart.remove(second, "milk")
        cart.heal()
        assert cart.problems() == ""
        assert cart.maps["shop"].value == {"cart": {"milk": 2}}


def test_it_notices_what_is_wrong(monkeypatch, capsys):
    example = loaded()
    monkeypatch.setattr("sys.argv", [NAME])
    monkeypatch.setattr(example.Cart, "expected", lambda self: {})
    assert example.main() == 1
    assert "the cart has" in capsys.readouterr().err
    cart = example.Cart()
    cart.maps["shop"].counter("else").increment()
    assert cart.problems() == "the three are not equal"


@pytest.mark.parametrize("options", [["--random", -1], ["--random", "many"]])
def test_options(options):
    assert run(*options).returncode == 2
