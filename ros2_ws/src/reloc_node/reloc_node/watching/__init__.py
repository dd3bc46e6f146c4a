"""Watches a running localizer from outside: what it publishes is all that is used."""
