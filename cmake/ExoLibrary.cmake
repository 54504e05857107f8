# The three kinds of target that exo is made of. Each takes its sources after its name;
# LINK lists what it is built on.

set(EXO_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
    # A designated initialiser says what it means; what it leaves out is the field's own default.
    -Wno-missing-field-initializers
    # g++ 12 sees uninitialised strings in every std::variant and std::optional that it moves with -O2.
    -Wno-maybe-uninitialized
    -Werror=unused-result -Werror=switch -Werror=return-type)
if(EXO_WARNINGS_AS_ERRORS)
  list(APPEND EXO_WARNINGS -Werror)
endif()

function(exo_configure_target target)
  target_compile_options(${target} PRIVATE ${EXO_WARNINGS})
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
  target_compile_features(${target} PUBLIC cxx_std_20)
endfunction()

# A library of the project: headers go into a header set, so that each is proved self-contained.
function(exo_library target)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${ARG_HEADERS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${target} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  exo_configure_target(${target})
endfunction()

# A program of the project; `exo_programs` builds all of them and no tests.
add_custom_target(exo_programs)
function(exo_program target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  exo_configure_target(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  add_dependencies(exo_programs ${target})
endfunction()

# One GoogleTest program for one library; each TEST in it becomes a ctest of its own.
function(exo_test target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  exo_configure_target(${target})
  # Most of a test is macros that are executed once: to optimise them takes a third of the time of a sanitizer's build.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
  gtest_discover_tests(${target} TEST_PREFIX "${target}." PROPERTIES TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()
