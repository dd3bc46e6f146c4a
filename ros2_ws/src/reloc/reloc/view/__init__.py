"""Show a map, answers and a running robot in the browser, on viser.

viser is an optional package, imported by :mod:`reloc.view.server` when a page is started. Everything else here gets
the running server and needs no import of it.
"""
