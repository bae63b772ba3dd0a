# Language level, warnings as errors, sanitizers, linker and compiler cache: one place for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(TARN_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them (address,undefined or thread)")

# -Wrestrict is wrong about std::string's operator+ in GCC 12 (GCC bug 105329). -Wsubobject-linkage takes the files that
# are compiled together (CMAKE_UNITY_BUILD) for headers.
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
                    -Wno-missing-field-initializers -Wno-restrict -Wno-subobject-linkage -Werror -fno-omit-frame-pointer -ffp-contract=off)
if(TARN_SANITIZE)
  add_compile_options(-fsanitize=${TARN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TARN_SANITIZE})
  # GCC's flow analysis reports false positives in the standard library once instrumented.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
  if(TARN_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # Asio's fences, which the thread sanitizer does not model
  endif()
endif()

option(TARN_COVERAGE "Count which lines of src/ are reached (./dev coverage)" OFF)
if(TARN_COVERAGE)
  add_link_options(--coverage)
endif()

find_program(TARN_CCACHE ccache)
if(TARN_CCACHE)
  # Paths relative to the source tree: a build in another folder of the same tree finds the same objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${TARN_CCACHE})
endif()
find_program(TARN_MOLD mold)
if(TARN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# An rpath that also serves the dependencies of our dependencies.
add_link_options(-Wl,--disable-new-dtags)
