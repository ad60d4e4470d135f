"""What is made of pytest-benchmark's JSON: tables of text, a page, a comparison of two runs."""
