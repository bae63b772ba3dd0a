# tarn_module(NAME [USES module...] [LIBRARIES library...] [PRIVATE_LIBRARIES library...])
#
# A module is a folder under src/ and the static library tarn_NAME. Its public headers are those at the folder's top;
# they are visible as "NAME/header.h" to the modules that list NAME in USES (and to those that use them), and to no
# other: an include that the list does not permit does not compile. Headers under detail/ are visible to the module only.
function(tarn_module name)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  set(dir ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  file(GLOB headers CONFIGURE_DEPENDS ${dir}/*.h)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cc)

  set(public ${CMAKE_BINARY_DIR}/include/${name})
  file(GLOB stale ${public}/${name}/*.h)
  foreach(link IN LISTS stale)
    get_filename_component(file ${link} NAME)
    if(NOT EXISTS ${dir}/${file})
      file(REMOVE ${link})
    endif()
  endforeach()
  file(MAKE_DIRECTORY ${public}/${name})
  foreach(header IN LISTS headers)
    get_filename_component(file ${header} NAME)
    file(CREATE_LINK ${header} ${public}/${name}/${file} SYMBOLIC)
  endforeach()

  if(NOT sources)
    message(FATAL_ERROR "Module ${name} has no sources in ${dir}")
  endif()
  add_library(tarn_${name} STATIC ${sources})
  target_include_directories(tarn_${name} PUBLIC ${public} PRIVATE ${dir})
  list(TRANSFORM ARG_USES PREPEND tarn_)
  target_link_libraries(tarn_${name} PUBLIC ${ARG_USES} ${ARG_LIBRARIES} PRIVATE ${ARG_PRIVATE_LIBRARIES})
endfunction()

# tarn_compile_fast(TARGET): for code whose speed nobody waits for: a third less time to compile.
function(tarn_compile_fast target)
  target_compile_options(${target} PRIVATE -O0)
endfunction()

# tarn_module_test(NAME [USES module...]): the unit tests in tests/unit/NAME, as tarn_NAME_test. They may also include
# the module's own detail/ headers.
function(tarn_module_test name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  set(dir ${CMAKE_CURRENT_SOURCE_DIR}/unit/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*_test.cc)
  if(NOT sources)
    message(FATAL_ERROR "Module ${name} has no tests in ${dir}")
  endif()
  add_executable(tarn_${name}_test ${sources})
  target_include_directories(tarn_${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/src/${name} ${dir}
                                                       ${CMAKE_SOURCE_DIR}/tests/support)
  tarn_compile_fast(tarn_${name}_test)
  list(TRANSFORM ARG_USES PREPEND tarn_)
  target_link_libraries(tarn_${name}_test PRIVATE tarn_${name} ${ARG_USES} GTest::gmock_main)
  add_test(NAME unit.${name} COMMAND tarn_${name}_test)
  set_tests_properties(unit.${name} PROPERTIES
    LABELS unit
    ENVIRONMENT "TARN_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()
