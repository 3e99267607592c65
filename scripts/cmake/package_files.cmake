# Run by CPack on the tree that becomes the package: manual pages and the changelog are compressed, and the
# licence stands in a file named copyright, as every package of Debian has them.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
file(GLOB pages ${share}/man/man1/*.1)
file(RENAME ${share}/doc/fray/CHANGELOG.md ${share}/doc/fray/changelog)
# Debian's own tells what was done to the package; that is nothing.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${share}/doc/fray/changelog.Debian "\
fray (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Made from the sources by CPack.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
foreach(file ${pages} ${share}/doc/fray/changelog ${share}/doc/fray/changelog.Debian)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(READ ${share}/doc/fray/LICENSE licence)
if(NOT licence MATCHES "^MIT License\n\nCopyright \\(c\\) ([^\n]+)\n\n(.+)\n$")
  message(FATAL_ERROR "LICENSE is not the MIT licence that the package's copyright is made of")
endif()
set(owner "${CMAKE_MATCH_1}")
set(terms "${CMAKE_MATCH_2}")
string(REGEX REPLACE "\n\n" "\n.\n" terms "${terms}")
string(REPLACE "\n" "\n " terms "${terms}")
file(WRITE ${share}/doc/fray/copyright "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: fray

Files: *
Copyright: ${owner}
License: Expat

Files: data/spoken-digits/*
Copyright: none, dedicated to the public domain
License: CC0-1.0

License: Expat
 ${terms}

License: CC0-1.0
 On Debian systems the text is in /usr/share/common-licenses/CC0-1.0.
")
file(REMOVE ${share}/doc/fray/LICENSE)
file(CREATE_LINK copyright ${share}/doc/fray/LICENSE SYMBOLIC) # pages name it
