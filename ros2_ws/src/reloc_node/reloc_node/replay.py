"""``reloc replay``: play a rosbag2 onto topics, for machines without ``ros2 bag``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Publishes the unchanged messages of a bag, at the times at which they were received, and the time on /clock.
Nodes that use this clock need the parameter use_sim_time.

Each topic has the quality of service that its publishers offered when it was recorded. /tf_static and other
latched topics reach late subscribers, also with --start. Topics whose type is not installed are reported and
left out. A recorded /clock is not played, unless --clock is 0.

The bag's own transforms map -> odom are left out, because the localizer publishes this transform, and two
publishers would contradict each other. --keep-tf plays them; --drop-tf leaves out others.
"""
_EXAMPLES = """
reloc replay drive/                                    in real time, with /clock at 100 Hz
reloc replay drive/ --rate 0.5 --loop                  at half speed, forever
reloc replay drive/ --start 30 --duration 10           ten seconds of the bag
reloc replay drive/ --topics /camera/image_raw /camera/camera_info /tf /tf_static
reloc replay drive/ --wait-for /camera/image_raw       begin when the localizer has subscribed
reloc replay drive/ --remap /camera/image_raw:=/image --qos /camera/image_raw=reliable
reloc replay drive/ --keep-tf                          with the bag's map -> odom, if no localizer runs
reloc replay drive/ --drop-tf map:odom odom:base_link  without odometry, too
"""


LONGEST_S = 1e9  # 31 years


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "play a bag onto ROS topics, with /clock"
    add_command(subparsers, "replay", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bag", type=Path, metavar="BAG", help="folder of a rosbag2, or one .db3 or .mcap file")
    parser.add_argument(
        "--rate", type=_rate, default=1.0, metavar="R", help="playing speed relative to real time; default 1"
    )
    parser.add_argument("--loop", action="store_true", help="begin again at the end; the clock jumps back")
    parser.add_argument(
        "--clock", type=_clock_hz, default=100.0, metavar="HZ", help="rate of /clock; default 100, 0: do not publish it"
    )
    parser.add_argument(
        "--topics", nargs="+", metavar="TOPIC", help="play only these topics, by their names in the bag"
    )
    parser.add_argument("--remap", nargs="+", default=[], metavar="A:=B", help="publish topic A as B")
    parser.add_argument(
        "--start", type=_not_negative, default=0.0, metavar="S", help="skip this many seconds of the bag"
    )
    parser.add_argument("--duration", type=_positive, metavar="S", help="stop after this many seconds of the bag")
    parser.add_argument("--wait-for", nargs="+", default=[], metavar="TOPIC",
                        help="wait until these topics, by their published names, have a subscriber")  # fmt: skip
    parser.add_argument("--delay", type=_not_negative, default=1.0, metavar="S",
                        help="time to find subscribers before the first message; default 1")  # fmt: skip
    parser.add_argument("--qos", nargs="+", default=[], metavar="TOPIC=POLICY",
                        help="change the quality of service of TOPIC: reliable, best_effort, transient_local, "
                        "volatile, or a depth; join several by commas")  # fmt: skip
    tf = parser.add_mutually_exclusive_group()
    tf.add_argument("--keep-tf", action="store_true", help="play all transforms, also map -> odom")
    tf.add_argument("--drop-tf", nargs="+", default=["map:odom"], metavar="PARENT:CHILD",
                    help="leave these transforms out, in any namespace; default map:odom")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Play a bag; return 0 at its end.

    Raises:
        BagError: nothing was played, or fewer messages than the bag declares.
    """
    from reloc.errors import BagError
    from reloc.maps.bags.reader import BagReader
    from reloc_node.replaying.choice import choose_topics
    from reloc_node.replaying.play import PlaybackPace, play
    from reloc_node.replaying.tf_filter import TfFilter
    from reloc_node.replaying.timeline import Timeline

    tf_filter = TfFilter.of([] if args.keep_tf else args.drop_tf, partial(print, flush=True))
    with BagReader(args.bag) as bag:
        choice = choose_topics(bag.topics, args.topics, args.remap, args.qos, with_clock=args.clock > 0)
        for line in choice.skipped:
            print(f"skipped {line}")
        timeline = Timeline.of_bag(bag.start_ns, bag.end_ns, args.start, args.duration, args.rate)
        print(f"playing {args.bag}: {len(choice.topics)} topics, {timeline.seconds:.1f} s", flush=True)
        pace = PlaybackPace(args.clock, args.loop, args.delay, tuple(args.wait_for))
        played = play(bag, choice.topics, timeline, pace, tf_filter)
        whole = args.start == 0 and args.duration is None and not args.loop
        promised = sum(bag.topics[topic.name].count for topic in choice.topics) - tf_filter.emptied
    if played.messages == 0 or (whole and played.messages < promised):
        raise BagError(
            f"{args.bag}: {played.messages} messages were played; {promised} are recorded on the chosen topics",
            "Choose another part with --start or --duration; if the bag is damaged, try 'ros2 bag reindex'",
        )
    print(f"played {played.messages} messages in {played.seconds:.1f} s")
    if played.late_s > 0.1:
        print(f"up to {played.late_s:.1f} s late: this machine cannot keep up; lower --rate or choose --topics")
    return 0


def _rate(text: str) -> float:
    return _within(text, 1e-6, 1e6)


def _clock_hz(text: str) -> float:
    return _within(text, 0.0, 1e5)


def _positive(text: str) -> float:
    value = _within(text, 0.0, LONGEST_S)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text} must be above 0")
    return value


def _not_negative(text: str) -> float:
    return _within(text, 0.0, LONGEST_S)


def _within(text: str, least: float, most: float) -> float:
    value = _number(text)
    if not value <= most:  # also if it is not a number
        raise argparse.ArgumentTypeError(f"{text} is above {most:g}, the highest allowed value")
    if value < least:
        raise argparse.ArgumentTypeError(f"{text} is below {least:g}, the lowest allowed value")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
