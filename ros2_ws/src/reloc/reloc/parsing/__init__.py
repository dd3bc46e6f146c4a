"""The one gate for input from outside: files, JSON, numbers, names, array and image headers.

Every reader of reloc goes through here. Invalid input raises the reader's own :class:`reloc.errors.RelocError`. It
names the file or field, the value, what was expected and what to do: see :class:`reloc.parsing.blame.Blame`.
"""
