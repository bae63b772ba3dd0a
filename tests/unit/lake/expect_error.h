#pragma once
// EXPECT_ERROR(kNotFound, statement): the statement throws tarn::Error with this code.

#include <gtest/gtest.h>

#include "base/error.h"

#define EXPECT_ERROR(wanted, ...)                                                   \
  try {                                                                             \
    __VA_ARGS__;                                                                    \
    ADD_FAILURE() << "no error was thrown";                                         \
  } catch (const ::tarn::Error& error) {                                            \
    EXPECT_EQ(::tarn::name_of(error.code()), ::tarn::name_of(::tarn::Code::wanted)) \
        << error.what();                                                            \
  }
