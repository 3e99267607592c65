cmake_minimum_required(VERSION 3.25)
# Writes OUT, a C file with one hash of the object files named in LIST, each without debugging
# information, which holds paths. The same objects in another folder give the same hash.
file(STRINGS ${LIST} objects)
list(SORT objects)
set(all "")
foreach(object ${objects})
  file(RELATIVE_PATH name ${ROOT} ${object})
  if(OBJCOPY)
    execute_process(COMMAND ${OBJCOPY} --strip-debug --remove-section=.comment ${object} ${OUT}.o
                    RESULT_VARIABLE failed)
  endif()
  if(NOT OBJCOPY OR failed)
    file(COPY_FILE ${object} ${OUT}.o)
  endif()
  file(SHA256 ${OUT}.o hash)
  string(APPEND all "${name} ${hash}\n")
endforeach()
file(REMOVE ${OUT}.o)
string(SHA256 code "${all}")
string(SUBSTRING ${code} 0 16 code)
string(REPLACE "\"" "" COMPILER "${COMPILER}")
file(CONFIGURE OUTPUT ${OUT} CONTENT "/* Made by numeric_code.cmake from the objects that compute. */
extern const char fray_numeric_code[], fray_numeric_compiler[];
const char fray_numeric_code[] = \"@code@\";
const char fray_numeric_compiler[] = \"@COMPILER@\";
" @ONLY)
