"""The steps of building a map, one file each; :mod:`reloc.maps.builder` puts them in order."""
