# Read by CPack when it makes the package: the version that the program was built with, as Debian orders versions.
# 1.2.3-rc.1 comes before 1.2.3 (~), twelve commits after a tag come behind it (+).
file(READ ${CPACK_FRAY_VERSION_TEXT} version)
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version "${version}")
string(REGEX REPLACE "-([0-9]+)-(g[0-9a-f]+)$" "+\\1.\\2" version "${version}")
string(REPLACE "-" "~" version "${version}")
set(CPACK_PACKAGE_VERSION ${version})
set(CPACK_DEBIAN_PACKAGE_VERSION ${version})
set(CPACK_PACKAGE_FILE_NAME fray-${version})
