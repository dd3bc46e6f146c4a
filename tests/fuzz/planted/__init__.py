"""Readers with a fault on purpose, one a file: the fuzzer is to find each (see ``test_fuzz.py``)."""
