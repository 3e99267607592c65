# `cmake --build build --target package`: what install.cmake installs as a package for Debian, at /usr. The
# libraries that the program is linked with are found by dpkg-shlibdeps; what it loads or starts by name is told
# here. scripts/package makes the package and tries it in a bare Debian.
find_program(DPKG_QUERY dpkg-query)
if(NOT DPKG_QUERY)
  return()
endif()

# The package that a library's file is of, as the one that the program is built with.
function(package_of library out)
  get_filename_component(file "${library}" REALPATH)
  execute_process(COMMAND ${DPKG_QUERY} -S ${file} OUTPUT_VARIABLE said ERROR_QUIET)
  string(REGEX REPLACE "[:,].*" "" package "${said}")
  string(STRIP "${package}" package)
  set(${out} "${package}" PARENT_SCOPE)
endfunction()

list(GET BLAS_LINK_LIBRARIES 0 openblas)
package_of("${openblas}" openblas)
set(depends ${openblas})
if(TIFF_FOUND)
  list(GET TIFF_LINK_LIBRARIES 0 tiff)
  package_of("${tiff}" tiff)
  list(APPEND depends ${tiff})
endif()
# mpirun of the MPI that the program is linked with.
package_of("${MPIEXEC_EXECUTABLE}" launcher)
list(APPEND depends ${launcher})
list(JOIN depends ", " depends)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "The fray authors")
if(NOT CPACK_PACKAGE_CONTACT) # whoever gives the package to others has an address
  set(CPACK_PACKAGE_CONTACT "The fray authors <fray@users.invalid>")
endif()
set(CPACK_PACKAGE_DESCRIPTION_FILE ${PROJECT_SOURCE_DIR}/scripts/cmake/description.txt)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${depends}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gnuplot-nox)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "man-db, bash-completion")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_VERBATIM_VARIABLES ON)
# The version is known when the program is built, what Debian wants of the files when they are in place.
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/scripts/cmake/package_version.cmake)
set(CPACK_FRAY_VERSION_TEXT ${PROJECT_BINARY_DIR}/src/base/version_text.h)
set(CPACK_FRAY_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts/cmake/package_files.cmake)
include(CPack)
