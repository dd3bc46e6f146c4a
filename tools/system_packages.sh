# Check all system packages that `make setup` needs. setup.sh sources this file.
# It sets: python (a usable interpreter), problems and packages, demo_problems and demo_packages.

supported="3.11 3.12 3.13"
python="" problems=() packages=() demo_problems=() demo_packages=()

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
is_supported() { [[ " $supported " == *" $(version_of "$1") "* ]]; }
has_venv() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }
has_headers() { "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' 2>/dev/null; }

lacks() { # PROBLEM PACKAGE...
    problems+=("$1")
    packages+=("${@:2}")
}

# Find the first usable interpreter; otherwise one of a supported version, and report its missing parts.
find_python() {
    local candidate candidates fallback="" others=""
    candidates=${PYTHON:-python3 python3.13 python3.12 python3.11}
    if [ -x .venv/bin/python ] && [ -z "${PYTHON:-}" ]; then
        candidates=".venv/bin/python $candidates" # a working environment keeps its interpreter
    fi
    for candidate in $candidates; do
        # A command may be a stub for a version that is not installed, so run it.
        command -v "$candidate" >/dev/null && [ -n "$(version_of "$candidate")" ] || continue
        if ! is_supported "$candidate"; then
            others+=" $candidate is Python $(version_of "$candidate")."
        elif has_venv "$candidate" && has_headers "$candidate"; then
            python=$candidate
            return
        else
            fallback=${fallback:-$candidate}
        fi
    done
    if [ -z "$fallback" ]; then
        if [ -n "${PYTHON:-}" ]; then
            problems+=("Python 3.11, 3.12 or 3.13 is needed;${others:- PYTHON=$PYTHON is no Python that runs.}")
            return
        fi
        local name
        name=$(installable)
        lacks "Python 3.11, 3.12 or 3.13 is needed;${others:- none is installed.} Or name one: make setup PYTHON=/path/to/python" \
            "$name" "$name-venv" "$name-dev"
        return
    fi
    python=$fallback
    local name
    name=$(package_of "$fallback")
    has_venv "$fallback" || lacks "$fallback has no venv module" "$name-venv"
    has_headers "$fallback" || lacks "$fallback has no headers (Python.h)" "$name-dev"
}

# Print the package of a supported interpreter: the system's own, unless its version is not supported.
installable() {
    local version
    if [ -n "$(version_of python3)" ] && ! is_supported python3; then
        for version in 3.12 3.13 3.11; do
            if apt-cache show "python$version-venv" >/dev/null 2>&1; then
                echo "python$version"
                return
            fi
        done
    fi
    echo python3
}

# Print the Debian package of an interpreter: python3 for the system's own one, otherwise for example python3.12.
package_of() {
    local version
    version=$(version_of "$1")
    [ "$(version_of /usr/bin/python3)" = "$version" ] && echo python3 || echo "python$version"
}

find_tools() {
    command -v gcc >/dev/null && command -v g++ >/dev/null || lacks "no C++ compiler (g++)" g++
    command -v make >/dev/null || lacks "no make" make
}

# The demo renders with Panda3D, whose wheel needs this library from the system.
find_demo_libraries() {
    local found=""
    if [ -n "$python" ]; then
        "$python" -c 'import ctypes; ctypes.CDLL("libX11.so.6")' 2>/dev/null && found=yes
    elif compgen -G "/usr/lib*/libX11.so.6" >/dev/null || compgen -G "/usr/lib/*/libX11.so.6" >/dev/null; then
        found=yes
    fi
    if [ -z "$found" ]; then
        demo_problems+=("the demo's renderer lacks libX11.so.6")
        demo_packages+=(libx11-6)
    fi
}

install_line() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo "
    echo "${sudo}apt install -y $*"
}

report_problems() {
    echo "reloc set-up: this system lacks:"
    printf '  - %s\n' "${problems[@]}" "${demo_problems[@]}"
    [ ${#packages[@]} -gt 0 ] || [ ${#demo_packages[@]} -gt 0 ] || return 0
    if command -v apt-get >/dev/null; then
        echo "Install all of it, then run this again:"
        echo "  $(install_line "${packages[@]}" "${demo_packages[@]}")"
    else
        echo "Install what Debian calls: ${packages[*]} ${demo_packages[*]}"
    fi
}
