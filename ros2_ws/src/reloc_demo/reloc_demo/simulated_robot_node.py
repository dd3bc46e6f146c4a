"""Node ``simulated_robot``: a camera on wheels in the rendered house.

It publishes ``camera/image_raw``, ``camera/camera_info`` (10 Hz), ``odom`` and TF odom -> base_link (50 Hz), TF
base_link -> camera_optical_frame (static), ``ground_truth/pose`` (50 Hz, only for the referee), and ``events``. It
waits at the start of its tour until ``~/start`` (std_srvs/Trigger) is called. The answer contains the start time.
"""

from __future__ import annotations

import rclpy
from builtin_interfaces.msg import Time
from cv_bridge import CvBridge
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.executors import ExternalShutdownException
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String
from std_srvs.srv import Trigger
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from reloc_demo import messages
from reloc_demo.drive.odometry import WheelDrift
from reloc_demo.drive.robot import BASE_FROM_CAM, CAMERA, world_from_base
from reloc_demo.drive.simulation import Moment, Simulation
from reloc_demo.drive.tour import tour
from reloc_demo.referee import topics
from reloc_demo.world import house
from reloc_node.guard import GuardedExecutor, spin
from reloc_node.guarded_node import GuardedNode

MAP, ODOM, BASE, OPTICAL = "map", "odom", "base_link", "camera_optical_frame"
TICK_HZ = 50
_SHORT = "The robot drives the short form of its tour, with one kidnap instead of three."
TICKS_PER_IMAGE = 5


class SimulatedRobot(GuardedNode):
    """Publish a real robot's topics from a simulation that runs on the wall clock."""

    def __init__(self) -> None:
        super().__init__("simulated_robot")
        short = self.declare_parameter("short", False, ParameterDescriptor(description=_SHORT, read_only=True)).value
        self._simulation = Simulation(house.build(), tour(bool(short)), WheelDrift())
        self._bridge = CvBridge()
        self._image = self.create_publisher(Image, "camera/image_raw", qos_profile_sensor_data)
        self._camera_info = self.create_publisher(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
        self._odom = self.create_publisher(Odometry, "odom", 50)
        kept = QoSProfile(depth=topics.TRUTH_KEPT, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._truth = self.create_publisher(PoseStamped, "ground_truth/pose", kept)
        self._events = self.create_publisher(String, "events", 10)
        self._tf = TransformBroadcaster(self)
        self._static_tf = StaticTransformBroadcaster(self)
        now = self.get_clock().now().to_msg()
        self._static_tf.sendTransform(messages.transform(BASE_FROM_CAM, now, BASE, OPTICAL))
        self.create_service(Trigger, "~/start", self._on_start)
        self._started: int | None = None
        self._ticks = 0
        self._told: set[str] = set()
        self.create_timer(1.0 / TICK_HZ, self._on_tick)
        self.get_logger().info("ready")

    def _on_start(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._started = self._started or self.get_clock().now().nanoseconds
        response.success, response.message = True, str(self._started)
        return response

    def _on_tick(self) -> None:
        now = self.get_clock().now()
        seconds = 0.0 if self._started is None else (now.nanoseconds - self._started) * 1e-9
        moment, stamp = self._simulation.step(seconds), now.to_msg()
        base = world_from_base(moment.odometry)
        self._truth.publish(messages.stamped_pose(world_from_base(moment.true_pose), stamp, MAP))
        self._tf.sendTransform(messages.transform(base, stamp, ODOM, BASE))
        self._odom.publish(messages.odometry(moment.odometry, moment.twist, stamp, ODOM, BASE))
        self._tell(seconds)
        if self._ticks % TICKS_PER_IMAGE == 0:
            self._publish_image(moment, stamp)
        self._ticks += 1

    def _publish_image(self, moment: Moment, stamp: Time) -> None:
        self._camera_info.publish(messages.camera_info(CAMERA, stamp, OPTICAL))
        self._image.publish(messages.image(self._simulation.image(moment), stamp, OPTICAL, self._bridge))

    def _tell(self, seconds: float) -> None:
        for kidnap in self._simulation.trajectory.kidnaps:
            if seconds >= kidnap.start and kidnap.name not in self._told and self._started is not None:
                self._told.add(kidnap.name)
                self._events.publish(String(data=f"kidnapped: {kidnap.name}"))


def main() -> None:
    """Run the node until it is interrupted."""
    rclpy.init()
    try:
        node = SimulatedRobot()
        executor = GuardedExecutor()
        executor.add_node(node)
        spin(executor, node.guard)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
