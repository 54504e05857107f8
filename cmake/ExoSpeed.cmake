# What makes builds quick where it is installed: a compiler cache and a fast linker.

find_program(EXO_CCACHE ccache)
if(EXO_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${EXO_CCACHE}")
endif()

find_program(EXO_LLD ld.lld)
if(EXO_LLD)
  add_link_options(-fuse-ld=lld)
endif()
