# What `cmake --install` and `./dev package` put beside the program: see Layout.cmake for where it looks.
install(TARGETS tarn RUNTIME DESTINATION bin)
install(FILES ${TARN_DEPS}/lib/libduckdb.so ${TARN_DEPS}/lib/libonnxruntime.so.1 ${TARN_DEPS}/lib/lib_lightgbm.so
              ${TARN_DEPS}/lib/libxgboost.so ${TARN_DEPS}/lib/delta.duckdb_extension
        DESTINATION lib/tarn)
# Debian's, under the names that they are asked for; XGBoost asks for the OpenMP runtime by a name of its own.
foreach(library libgomp.so.1 libspdlog.so.1.10 libfmt.so.9)
  find_file(TARN_${library} ${library} PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH REQUIRED)
  file(REAL_PATH ${TARN_${library}} file)
  install(FILES ${file} DESTINATION lib/tarn RENAME ${library})
endforeach()
install(CODE [[
  file(CREATE_LINK libgomp.so.1 "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/tarn/libgomp-e985bcbb.so.1.0.0" SYMBOLIC)
]])
# Completion in shells, as the program that is installed prints it.
install(CODE [[set(tarn_program "$<TARGET_FILE:tarn>")]])
install(CODE [[
  foreach(script bash-completion/completions/tarn zsh/vendor-completions/_tarn fish/vendor_completions.d/tarn.fish)
    string(REGEX REPLACE "[-/].*" "" shell ${script})
    set(file "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/${script}")
    cmake_path(GET file PARENT_PATH folder)
    file(MAKE_DIRECTORY ${folder})
    execute_process(COMMAND ${tarn_program} completion ${shell} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
]])
install(DIRECTORY examples DESTINATION share/tarn)
install(FILES README.md LICENSE NOTICE CHANGELOG.md DESTINATION share/doc/tarn)
install(DIRECTORY docs DESTINATION share/doc/tarn)

# ./dev package: a .tar.gz to unpack anywhere, and a .deb. Both hold all but the C and C++ runtime.
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME tarn)
set(CPACK_PACKAGE_VENDOR "The Tarn authors")
set(CPACK_PACKAGE_CONTACT "The Tarn authors <tarn@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Data lake, T-SQL warehouse and machine-learning workspace in one program")
set(CPACK_PACKAGE_FILE_NAME tarn-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1 (>= 12)")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
include(CPack)
