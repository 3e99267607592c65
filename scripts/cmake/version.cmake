# Writes OUT, a header with the version, if it is another one than there: at every build, so that a
# commit or a tag shows without configuring anew, and without anything being made again between them.
#   cmake -DSOURCE=folder -DVERSION=0.1.0 -DOUT=version_text.h -P version.cmake
# A clone with tags v1.2.3 gives 1.2.3, or 1.2.3-12-gabcdef0 twelve commits later; else it is VERSION.
set(version ${VERSION})
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --tags --match "v[0-9]*" OUTPUT_VARIABLE tag
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE code)
  if(code EQUAL 0 AND tag MATCHES "^v([0-9][0-9A-Za-z.+~-]*)$")
    set(version ${CMAKE_MATCH_1})
  endif()
endif()
set(text "#define FRAY_VERSION \"${version}\"\n")
set(before "")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUT} "${text}")
endif()
