# Libraries: Debian's through find_package, the pinned prebuilt ones from .deps/ (cmake/deps.lock, ./dev setup).
set(TARN_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Folder of the pinned prebuilt libraries")
if(NOT EXISTS ${TARN_DEPS}/lib/libduckdb.so)
  message(FATAL_ERROR "The pinned libraries are missing in ${TARN_DEPS}. Run ./dev setup.")
endif()

# Static where Debian has the archive, so that an installed tarn needs little of the system it runs on.
find_package(Threads REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_library(TARN_SQLITE_ARCHIVE libsqlite3.a REQUIRED)
find_library(TARN_YAML_ARCHIVE libyaml-cpp.a REQUIRED)
set_target_properties(SQLite::SQLite3 PROPERTIES IMPORTED_LOCATION ${TARN_SQLITE_ARCHIVE})
set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION_NONE ${TARN_YAML_ARCHIVE})
# Debian's libedit.a needs these of Debian's, which it cannot name itself.
add_library(libedit INTERFACE)
foreach(archive libedit.a libbsd.a libmd.a libtinfo.a)
  find_library(TARN_${archive} ${archive} REQUIRED)
  target_link_libraries(libedit INTERFACE ${TARN_${archive}})
endforeach()
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.81 REQUIRED)

add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${TARN_DEPS}/lib/libduckdb.so
  IMPORTED_NO_SONAME TRUE
  INTERFACE_INCLUDE_DIRECTORIES ${TARN_DEPS}/include/duckdb)

# libpq is opened with dlopen by `meta` where a store lies in PostgreSQL; here are its headers.
find_path(LIBPQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(libpq_headers INTERFACE)
target_include_directories(libpq_headers SYSTEM INTERFACE ${LIBPQ_INCLUDE})

# ONNX Runtime, LightGBM and XGBoost are opened with dlopen by the one module that uses each; here are their headers.
add_library(onnxruntime_headers INTERFACE)
target_include_directories(onnxruntime_headers SYSTEM INTERFACE ${TARN_DEPS}/include/onnxruntime)
add_library(lightgbm_headers INTERFACE)
target_include_directories(lightgbm_headers SYSTEM INTERFACE ${TARN_DEPS}/include/lightgbm)
