"""Layers of the scene that a person switches on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viser import ViserServer


class Layers:
    """Named groups of nodes, each with a checkbox. Nodes of a layer are named ``layer + "/" + name``."""

    def __init__(self, server: ViserServer) -> None:
        self._server = server
        self._folder = server.gui.add_folder("Layers", order=1.0)
        self._roots: dict[str, Any] = {}
        self._boxes: dict[str, Any] = {}

    def add(self, title: str, hint: str = "", visible: bool = True) -> str:
        """Add a layer and return its name; a second call with the same title returns the same layer."""
        name = "/" + title.lower().replace(" ", "_")
        if name in self._roots:
            return name
        root = self._server.scene.add_frame(name, show_axes=False, visible=visible)
        with self._folder:
            box = self._server.gui.add_checkbox(title, visible, hint=hint or None)

        box.on_update(lambda event: self._switch(name))
        self._roots[name], self._boxes[name] = root, box
        return name

    def empty(self, title: str) -> None:
        """Remove the nodes of a layer, if there is one; the layer and whether it is on stay."""
        name = "/" + title.lower().replace(" ", "_")
        if name in self._roots:
            visible = self.is_shown(name)
            self._server.scene.remove_by_name(name)
            self._roots[name] = self._server.scene.add_frame(name, show_axes=False, visible=visible)

    def titles(self) -> list[str]:
        """Return the titles, in the order in which the layers were added."""
        return [str(box.label) for box in self._boxes.values()]

    def show(self, name: str, visible: bool) -> None:
        """Switch a layer."""
        self._boxes[name].value = visible
        self._roots[name].visible = visible

    def is_shown(self, name: str) -> bool:
        """Return whether a layer is on."""
        return bool(self._roots[name].visible)

    def _switch(self, name: str) -> None:
        self._roots[name].visible = bool(self._boxes[name].value)
