# The library exo_build_info, whose one source is written anew at each build and changes only with the commit.
# A library of its own: what does not print a version is not linked again after a commit.
#
# Included, it declares the target; run as a script (-P) with EXO_SOURCE, EXO_VERSION and EXO_OUTPUT it writes
# the source.

if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(
    COMMAND git -c "safe.directory=${EXO_SOURCE}" describe --always --abbrev=12 --exclude=* --dirty=+changes
    WORKING_DIRECTORY "${EXO_SOURCE}"
    OUTPUT_VARIABLE EXO_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
    RESULT_VARIABLE outcome)
  if(NOT outcome EQUAL 0)
    set(EXO_COMMIT "unknown")
  endif()
  configure_file("${EXO_SOURCE}/base/build_info.cc.in" "${EXO_OUTPUT}" @ONLY)
  return()
endif()

function(exo_build_info)
  set(output "${PROJECT_BINARY_DIR}/base/build_info.cc")
  add_custom_target(exo_write_build_info
    COMMAND "${CMAKE_COMMAND}" "-DEXO_SOURCE=${PROJECT_SOURCE_DIR}" "-DEXO_VERSION=${PROJECT_VERSION}"
            "-DEXO_OUTPUT=${output}" -P "${PROJECT_SOURCE_DIR}/cmake/ExoVersion.cmake"
    BYPRODUCTS "${output}"
    COMMENT "")
  exo_library(exo_build_info HEADERS build_info.h SOURCES "${output}")
  add_dependencies(exo_build_info exo_write_build_info)
endfunction()
