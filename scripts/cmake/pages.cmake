# Manual pages and completion scripts, as the program writes them from its tables.
#   cmake -DPROGRAM="[emulator;]fray" -DCOMMANDS="run;check" -DOUT=folder -P pages.cmake
function(write file)
  execute_process(COMMAND ${PROGRAM} help ${ARGN} OUTPUT_FILE ${OUT}/${file} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    file(REMOVE ${OUT}/${file})
    message(FATAL_ERROR "fray help ${ARGN}: ${code}")
  endif()
endfunction()

file(MAKE_DIRECTORY ${OUT})
write(fray.1 --man)
foreach(command ${COMMANDS})
  write(fray-${command}.1 ${command} --man)
endforeach()
write(fray.bash --completion bash)
write(_fray --completion zsh)
write(fray.fish --completion fish)
