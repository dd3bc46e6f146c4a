"""The ROS arguments that `reloc run` passes to its nodes."""

from __future__ import annotations

import argparse

COMPRESSED = "/compressed"


def map_server_arguments(args: argparse.Namespace) -> list[str]:
    """Return the map server's arguments."""
    return _ros_arguments(args, {"map": str(args.map.resolve())}, {})


def localizer_arguments(args: argparse.Namespace) -> list[str]:
    """Return the localizer's arguments. Single parameters come last, so that they override files."""
    parameters = {"map": str(args.map.resolve())} if args.no_server else {}
    image = args.image.removesuffix(COMPRESSED)
    if image != args.image:
        parameters["image_transport"] = "compressed"
    if args.localizer:
        parameters["localizer"] = args.localizer
    remaps = {"image": image, "camera_info": args.camera_info or beside(image, "camera_info")}
    found = _ros_arguments(args, parameters, remaps)
    return [*found, *(word for text in args.param for word in ("-p", text))]


def beside(topic: str, name: str) -> str:
    """Return the topic ``name`` in the namespace of ``topic``: /camera/camera_info beside /camera/image_raw."""
    namespace, slash, _ = topic.rpartition("/")
    return f"{namespace}{slash}{name}"


def _ros_arguments(args: argparse.Namespace, parameters: dict[str, str], remaps: dict[str, str]) -> list[str]:
    words = ["--ros-args"]
    if args.namespace:
        words += ["-r", f"__ns:=/{args.namespace.strip('/')}"]
    for file in args.params_file:
        words += ["--params-file", str(file.resolve())]
    if args.sim_time:
        words += ["-p", "use_sim_time:=true"]
    words += [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
    words += [word for name, value in remaps.items() if name != value for word in ("-r", f"{name}:={value}")]
    return [*words, *(word for text in args.remap for word in ("-r", text))]
