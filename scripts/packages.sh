# Sourced by the scripts: which Debian packages fray needs, and how they get there.
# shellcheck shell=sh

FRAY_BUILD_PACKAGES="cmake ninja-build gcc libc6-dev pkg-config libopenmpi-dev openmpi-bin \
libopenblas0-pthread libopenblas-pthread-dev libhdf5-dev libsndfile1-dev libmpg123-dev libogg-dev \
libstb-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libtiff-dev libyaml-dev librandom123-dev libkissfft-dev libutf8proc-dev \
libxxhash-dev libjansson-dev zlib1g-dev gnuplot-nox"
FRAY_TEST_PACKAGES="libcmocka-dev lld clang-format clang-tidy python3 python3-numpy python3-h5py python3-pandas \
python3-matplotlib r-base-core chromium chromium-driver python3-selenium iproute2 slurm-wlm slurm-client \
munge slurm-wlm-basic-plugins cppcheck groff-base man-db mandoc zsh fish python3-yaml python3-jsonschema python3-pil espeak-ng flac"

# What the built program needs, without what only compiles it.
FRAY_RUN_PACKAGES="openmpi-bin openssh-client libopenblas0-pthread libhdf5-103-1 libsndfile1 libmpg123-0 \
libogg0 libstb0 libjpeg62-turbo libpng16-16 libwebp7 libtiff6 libyaml-0-2 libkissfft-float131 libutf8proc2 libxxhash0 \
libjansson4 zlib1g gnuplot-nox"

# Those of the given packages that are not installed.
missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
      printf '%s ' "$package"
  done
}

# Installs what is missing with apt, as root or with sudo; otherwise says what to install and stops.
need_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
  else
    echo "These Debian packages are missing; install them and run this again:" >&2
    echo "  apt-get install --no-install-recommends $missing" >&2
    exit 2
  fi
  echo "installing: $missing"
  $as_root apt-get update -qq
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing >/dev/null
}

# Open MPI as root needs to be told; on a laptop more ranks than cores must be allowed.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
