"""Python files and extensions that are no part of a package, as modules."""

import importlib.util


def loaded(name, path):
    """A file as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
