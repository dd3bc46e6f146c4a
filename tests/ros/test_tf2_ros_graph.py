"""tf2_ros between processes and over time, the real one or the stand-in: both must pass."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import rclpy
import tf2_ros
from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from support.processes import Processes
from support.spin import spin_until
from tf2_msgs.msg import TFMessage
from tf2_msgs.srv import FrameGraph

LATEST = Time()

BROADCASTER = textwrap.dedent(
    """
    import rclpy, tf2_ros
    from geometry_msgs.msg import TransformStamped

    def transform(parent, child, x):
        message = TransformStamped()
        message.header.frame_id, message.child_frame_id = parent, child
        message.header.stamp = node.get_clock().now().to_msg()
        message.transform.translation.x = x
        return message

    rclpy.init()
    node = rclpy.create_node("broadcaster")
    static, moving = tf2_ros.StaticTransformBroadcaster(node), tf2_ros.TransformBroadcaster(node)
    static.sendTransform(transform("base", "camera", 0.5))
    static.sendTransform([transform("base", "lidar", 0.7), transform("base", "imu", 0.9)])

    def send():
        moving.sendTransform([transform("odom", "base", 2.0), transform("map", "odom", 1.0)])

    node.create_timer(0.02, send)
    print("sending", flush=True)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
        pass
    """
)


def transform(parent: str, child: str, x: float) -> TransformStamped:
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = parent, child
    message.header.stamp.sec = 100
    message.transform.translation.x = x
    return message


def test_hears_another_process_and_all_static_frames_though_late(processes: Processes, ros_node: Node) -> None:
    processes.start("broadcaster", [sys.executable, "-c", BROADCASTER], ready="sending")
    time.sleep(0.5)  # come late: the static ones have been sent
    buffer = tf2_ros.Buffer(node=ros_node)
    listener = tf2_ros.TransformListener(buffer, ros_node)
    frames = ("camera", "lidar", "imu")
    assert spin_until(ros_node, lambda: all(buffer.can_transform("map", f, LATEST) for f in frames))
    assert [buffer.lookup_transform("map", f, LATEST).transform.translation.x for f in frames] == pytest.approx(
        [3.5, 3.7, 3.9]
    )
    listener.unregister()


def test_subscriptions_have_the_qos_of_tf(ros_node: Node) -> None:
    listener = tf2_ros.TransformListener(tf2_ros.Buffer(), ros_node)
    broadcasters = tf2_ros.TransformBroadcaster(ros_node), tf2_ros.StaticTransformBroadcaster(ros_node)
    assert spin_until(ros_node, lambda: ros_node.count_publishers("/tf_static") == 1)
    for topic, durability in (("/tf", "VOLATILE"), ("/tf_static", "TRANSIENT_LOCAL")):
        ends = ros_node.get_subscriptions_info_by_topic(topic) + ros_node.get_publishers_info_by_topic(topic)
        assert len(ends) == 2
        for end in ends:
            assert end.topic_type == "tf2_msgs/msg/TFMessage"
            assert (end.qos_profile.durability.name, end.qos_profile.reliability.name) == (durability, "RELIABLE")
    assert len(broadcasters) == 2
    listener.unregister()


def test_a_blocking_lookup_gets_what_comes_in_another_thread(ros_node: Node) -> None:
    listening = rclpy.create_node("listening")
    buffer = tf2_ros.Buffer()
    listener = tf2_ros.TransformListener(buffer, listening, spin_thread=True)
    broadcaster = tf2_ros.TransformBroadcaster(ros_node)
    assert spin_until(ros_node, lambda: ros_node.count_subscribers("/tf") == 1)
    timer = threading.Timer(0.3, broadcaster.sendTransform, [transform("a", "b", 4.0)])
    timer.start()
    found = buffer.lookup_transform("a", "b", Time(seconds=100), Duration(seconds=10))
    assert found.transform.translation.x == 4
    timer.join()
    listener.executor.shutdown()
    listener.dedicated_listener_thread.join(5)
    assert not listener.dedicated_listener_thread.is_alive()


def test_a_future_gets_the_transform_when_it_is_there() -> None:
    buffer = tf2_ros.Buffer()
    future = buffer.wait_for_transform_async("a", "c", Time(seconds=100))
    buffer.set_transform_static(transform("a", "b", 1.0), "test")
    assert not future.done()
    buffer.set_transform(transform("b", "c", 1.0), "test")
    assert future.done()
    assert future.result().transform.translation.x == 2
    again = buffer.wait_for_transform_async("a", "c", Time(seconds=100))
    assert again.done()


def test_a_full_future_gets_the_transform_when_it_is_there() -> None:
    buffer = tf2_ros.Buffer()
    way = ("b", Time(seconds=100), "b", Time(seconds=100), "a")
    future = buffer.wait_for_transform_full_async(*way)
    assert not future.done()
    buffer.set_transform(transform("a", "b", 1.0), "test")
    assert future.done()
    assert future.result().transform.translation.x == 0
    assert asyncio.run(buffer.lookup_transform_full_async(*way)).child_frame_id == "b"


def test_an_asynchronous_callback_waits_without_blocking(ros_node: Node) -> None:
    buffer = tf2_ros.Buffer()
    listener = tf2_ros.TransformListener(buffer, ros_node)
    broadcaster = tf2_ros.TransformBroadcaster(ros_node)
    found: list[TransformStamped] = []
    asked = False

    async def ask() -> None:
        nonlocal asked
        if not asked:
            asked = True
            found.append(await buffer.lookup_transform_async("a", "b", Time(seconds=100)))

    ros_node.create_timer(0.05, ask)
    executor = MultiThreadedExecutor(2)
    executor.add_node(ros_node)
    deadline = time.monotonic() + 15
    sent = False
    while not found and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.05)
        if asked and not sent and ros_node.count_subscribers("/tf"):
            broadcaster.sendTransform(transform("a", "b", 4.0))
            sent = True
    assert found
    assert found[0].transform.translation.x == 4
    executor.shutdown()
    listener.unregister()


def test_the_graph_of_frames_is_a_service(ros_node: Node) -> None:
    buffer = tf2_ros.Buffer(node=ros_node)
    buffer.set_transform_static(transform("a", "b", 1.0), "test")
    client = ros_node.create_client(FrameGraph, "tf2_frames")
    assert spin_until(ros_node, client.service_is_ready)
    future = client.call_async(FrameGraph.Request())
    assert spin_until(ros_node, future.done)
    assert "parent: 'a'" in future.result().frame_yaml


def test_simulated_time_that_jumps_back_clears_the_buffer(ros_node: Node) -> None:
    ros_node.set_parameters([rclpy.parameter.Parameter("use_sim_time", value=True)])
    publisher = ros_node.create_publisher(Clock, "/clock", 10)
    buffer = tf2_ros.Buffer(node=ros_node)

    def tell(seconds: int) -> bool:
        publisher.publish(Clock(clock=Time(seconds=seconds).to_msg()))
        return ros_node.get_clock().now().nanoseconds == seconds * 1_000_000_000

    assert spin_until(ros_node, lambda: tell(200))
    buffer.set_transform(transform("a", "b", 1.0), "test")
    assert spin_until(ros_node, lambda: tell(201))
    assert buffer.can_transform("a", "b", LATEST)
    assert spin_until(ros_node, lambda: tell(50))
    assert not buffer.can_transform("a", "b", LATEST)


def test_a_static_frame_is_sent_as_it_was_first_given(ros_node: Node) -> None:
    broadcaster = tf2_ros.StaticTransformBroadcaster(ros_node)
    broadcaster.sendTransform(transform("a", "b", 1.0))
    broadcaster.sendTransform((transform("a", "c", 2.0),))
    broadcaster.sendTransform(transform("a", "b", 9.0))
    heard: list[TFMessage] = []
    qos = rclpy.qos.QoSProfile(depth=1, durability=rclpy.qos.DurabilityPolicy.TRANSIENT_LOCAL)
    ros_node.create_subscription(TFMessage, "/tf_static", heard.append, qos)
    assert spin_until(ros_node, lambda: bool(heard))
    assert [t.transform.translation.x for t in heard[-1].transforms] == [1, 2]


def test_the_process_that_listens_in_a_thread_ends(ros_node: Node) -> None:
    """A thread that spins must not keep the interpreter from ending after shutdown."""
    code = (
        "import rclpy, tf2_ros\nrclpy.init()\nnode = rclpy.create_node('n')\nbuffer = tf2_ros.Buffer()\n"
        "listener = tf2_ros.TransformListener(buffer, node, spin_thread=True)\n"
        "listener.executor.shutdown()\nlistener.dedicated_listener_thread.join()\nrclpy.try_shutdown()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
