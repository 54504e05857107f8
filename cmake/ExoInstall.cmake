# What an application outside this clone takes: the C++ relay with the libraries that it is built on, for
# `find_package(exo)` and the target exo::relay. Programs are not installed: exo runs from its clone.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/exo")
set_target_properties(exo_relay PROPERTIES EXPORT_NAME relay)
set_target_properties(exo_wire PROPERTIES EXPORT_NAME wire)
set_target_properties(exo_base PROPERTIES EXPORT_NAME base)

install(TARGETS exo_relay exo_wire exo_base EXPORT exo-targets
  ARCHIVE COMPONENT relay
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/exo" COMPONENT relay)
install(EXPORT exo-targets NAMESPACE exo:: DESTINATION "${destination}" COMPONENT relay)

# The same from the tree that exo is built in, for who has a clone: exo_DIR is the folder of the build.
export(EXPORT exo-targets NAMESPACE exo:: FILE "${PROJECT_BINARY_DIR}/exo-targets.cmake")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/exoConfig.cmake.in" "${PROJECT_BINARY_DIR}/exoConfig.cmake"
  INSTALL_DESTINATION "${destination}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/exoConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/exoConfig.cmake" "${PROJECT_BINARY_DIR}/exoConfigVersion.cmake"
  DESTINATION "${destination}" COMPONENT relay)
