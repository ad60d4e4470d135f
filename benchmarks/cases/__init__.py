"""The questions, one folder a family, one file a structure."""
