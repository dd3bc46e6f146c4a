"""The one gate for what comes from outside: files, JSON, numbers, names, array and image headers.

Every reader of reloc goes through here. What does not fit raises the reader's own :class:`reloc.errors.RelocError`,
which names the file or field, the value, what was expected and what to do: see :class:`reloc.parsing.blame.Blame`.
"""
