"""Kinds of networks that encode a map's references: one file each, named as the kind of their encoder's model.

``PLUGIN`` is a class as :class:`reloc.localizers._map_networks.MapNetworks` describes it. ``reloc map encode`` finds it
by what the encoder's ``model.json`` says; nothing is registered anywhere.
"""
