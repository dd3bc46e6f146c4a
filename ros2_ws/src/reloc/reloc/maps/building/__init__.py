"""The steps of building a map, one file each; :mod:`reloc.maps.builder` runs them in order."""
