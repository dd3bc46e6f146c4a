"""Observe a running localizer for `reloc watch`, by its published messages only."""
