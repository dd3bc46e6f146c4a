"""A running localizer seen from outside, for `reloc watch`: only what it publishes is used."""
