# What `cmake --install` puts where. The program finds its scenarios from its own place (installed_files.c), so
# the whole may lie under any prefix.
set(share ${CMAKE_INSTALL_DATADIR}/fray)
set(pages ${PROJECT_BINARY_DIR}/pages)

install(TARGETS fray RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET pages)
  install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  install(FILES ${pages}/fray.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
          RENAME fray)
  install(FILES ${pages}/_fray DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${pages}/fray.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(file README.md CHANGELOG.md LICENSE CITATION.cff CONTRIBUTING.md SECURITY.md)
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
endforeach()

# Scenarios name their data as ../data/NAME/shards. The bundled digits come as shards, imported while
# installing, the bundled messages as their table; of the others, what says how to get them.
install(DIRECTORY scenarios DESTINATION ${share} FILES_MATCHING PATTERN "*.yaml" PATTERN "*.csv")
install(DIRECTORY data DESTINATION ${share} FILES_MATCHING PATTERN "README.md" PATTERN "dataset.yaml" PATTERN "messages.csv"
        PATTERN "shards" EXCLUDE PATTERN "audio" EXCLUDE PATTERN "image" EXCLUDE PATTERN "raw" EXCLUDE)
set(shards ${PROJECT_BINARY_DIR}/spoken-digits/shards)
set(program ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:fray>)
install(CODE "
  message(STATUS \"Importing: ${PROJECT_SOURCE_DIR}/data/spoken-digits\")
  file(REMOVE_RECURSE \"${shards}\") # perhaps of a version that this one does not take for its own
  file(MAKE_DIRECTORY \"${PROJECT_BINARY_DIR}/spoken-digits\")
  execute_process(COMMAND ${program} import \"${PROJECT_SOURCE_DIR}/data/spoken-digits/dataset.yaml\"
                          -o \"${shards}\"
                  OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR \"\${said}\")
  endif()")
install(DIRECTORY ${shards} DESTINATION ${share}/data/spoken-digits)
