"""The demo of reloc: a rendered house, a robot that is kidnapped in it, and a referee."""
