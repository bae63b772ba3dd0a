#pragma once
// The functions of XGBoost 3.2's C interface that are used here. Its header is in no package of
// that version.
//
// Source: XGBoost 3.2 documentation, "XGBoost C Package". All but the error text return 0 on
// success, -1 on failure.

#include <cstdint>

extern "C" {
using XgbHandle = void*;
using XgbUlong = std::uint64_t;

using XgbGetLastError = const char*();
using XgbVersion = void(int* major, int* minor, int* patch);
using XgbSetGlobalConfig = int(const char* config);
using XgbMatrixCreateFromMat = int(const float* data, XgbUlong rows, XgbUlong columns,
                                   float missing, XgbHandle* out);
using XgbMatrixSetFloatInfo = int(XgbHandle handle, const char* field, const float* array,
                                  XgbUlong length);
using XgbMatrixFree = int(XgbHandle handle);
using XgbBoosterCreate = int(const XgbHandle* matrices, XgbUlong length, XgbHandle* out);
using XgbBoosterSetParam = int(XgbHandle handle, const char* name, const char* value);
using XgbBoosterUpdateOneIter = int(XgbHandle handle, int iteration, XgbHandle training);
using XgbBoosterSaveModelToBuffer = int(XgbHandle handle, const char* config, XgbUlong* length,
                                        const char** bytes);
using XgbBoosterPredict = int(XgbHandle handle, XgbHandle matrix, int options, unsigned tree_limit,
                              int training, XgbUlong* length, const float** result);
using XgbBoosterFree = int(XgbHandle handle);
}
