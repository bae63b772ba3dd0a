# Libraries: Debian's through find_package, the pinned prebuilt ones from .deps/ (cmake/deps.lock, ./dev setup).
set(TARN_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Folder of the pinned prebuilt libraries")
if(NOT EXISTS ${TARN_DEPS}/lib/libduckdb.so)
  message(FATAL_ERROR "The pinned libraries are missing in ${TARN_DEPS}. Run ./dev setup.")
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.81 REQUIRED)

add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${TARN_DEPS}/lib/libduckdb.so
  IMPORTED_NO_SONAME TRUE
  INTERFACE_INCLUDE_DIRECTORIES ${TARN_DEPS}/include/duckdb)

# ONNX Runtime, LightGBM and XGBoost are opened with dlopen by the one module that uses each; here are their headers.
add_library(onnxruntime_headers INTERFACE)
target_include_directories(onnxruntime_headers SYSTEM INTERFACE ${TARN_DEPS}/include/onnxruntime)
add_library(lightgbm_headers INTERFACE)
target_include_directories(lightgbm_headers SYSTEM INTERFACE ${TARN_DEPS}/include/lightgbm)
