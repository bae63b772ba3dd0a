# The program finds what it needs beside itself: ../lib/tarn has the libraries, ../share/tarn the examples. A build folder,
# an installation (Install.cmake) and a package have the same layout, so each can be moved as a whole.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib/tarn")
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/tarn")

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib ${CMAKE_BINARY_DIR}/share/tarn)
file(CREATE_LINK ${TARN_DEPS}/lib ${CMAKE_BINARY_DIR}/lib/tarn SYMBOLIC)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/examples ${CMAKE_BINARY_DIR}/share/tarn/examples SYMBOLIC)
