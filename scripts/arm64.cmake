# Toolchain: cross-building for arm64 with Debian's gcc-aarch64-linux-gnu. The environment variable
# FRAY_SYSROOT names a folder with Debian's arm64 packages, as scripts/test_arm64 makes it.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_SYSROOT "$ENV{FRAY_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

set(libraries "${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
# The packages are not configured, so what update-alternatives would link is named here.
set(ENV{PKG_CONFIG_LIBDIR} "${libraries}/openblas-pthread/pkgconfig:${libraries}/pkgconfig")
# mpicc of the build machine would answer for that machine.
set(MPI_SKIP_COMPILER_WRAPPER TRUE)
set(MPI_C_HEADER_DIR "${libraries}/openmpi/include")
set(MPI_C_LIB_NAMES mpi)
set(MPI_mpi_LIBRARY "${libraries}/openmpi/lib/libmpi.so")
# The build runs the program once, for its manual pages.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${CMAKE_SYSROOT})
