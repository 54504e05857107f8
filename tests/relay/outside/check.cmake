# Run as a script: builds the application in this folder in the way that WAY names, and where it is installed runs it.
# Wants EXO_SOURCE, EXO_BINARY (exo's build), WORK (a folder of its own) and WAY: "installed" or "by sources".

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN} ended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
set(configure "${CMAKE_COMMAND}" -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WORK}/build")
if(WAY STREQUAL "by sources")
  run(${configure} "-DEXO_SOURCE=${EXO_SOURCE}") # which names exo::relay, or fails
  return()
endif()

run("${CMAKE_COMMAND}" --install "${EXO_BINARY}" --component relay --prefix "${WORK}/prefix")
run(${configure} "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run("${WORK}/build/outside")
if(NOT output STREQUAL "no-answer\n")
  message(FATAL_ERROR "the program printed '${output}' instead of 'no-answer'")
endif()
