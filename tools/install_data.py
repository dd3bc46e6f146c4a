"""Copy a package's data files (launch and parameter files, its entry in ROS's index) into an environment.

ROS finds a package by these files, but an editable install leaves them out. Usage: install_data.py PACKAGE_FOLDER
PREFIX
"""

import os
import runpy
import sys

if __name__ == "__main__":
    folder, prefix = sys.argv[1:]
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = ["setup.py", "-q", "install_data", "-d", prefix]
    runpy.run_path("setup.py", run_name="__main__")
