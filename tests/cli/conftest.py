"""What the tests of the commands share."""

import pytest

from coterie._cli import main


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command; its status, output and errors."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv):
        capsys.readouterr()
        status = main(list(map(str, argv)))
        return status, *capsys.readouterr()

    return run
