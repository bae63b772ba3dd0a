#include "detail/exec/error_scope.h"

#include <algorithm>
#include <array>

namespace tarn::sql {
namespace {

/// Errors of running a statement after which the batch goes on. Sorted.
constexpr std::array kStatementErrors = std::to_array<int>(
    {109,   110,   120,   121,   201,   213,   214,   220,   229,   232,   234,   242,
     297,   305,   310,   313,   500,   512,   515,   517,   530,   535,   536,   537,
     544,   547,   550,   628,   911,   1060,  1088,  1505,  1781,  1801,  1901,  1902,
     1911,  2601,  2627,  2628,  2705,  2706,  2714,  2716,  2727,  2740,  2742,  2749,
     2754,  2759,  2760,  2786,  2787,  2812,  3601,  3602,  3609,  3623,  3701,  3702,
     3705,  3727,  3728,  3729,  3902,  3903,  3931,  4421,  4502,  4506,  4511,  4901,
     4902,  4920,  4922,  4923,  4924,  4928,  6401,  8101,  8115,  8134,  8143,  8144,
     8145,  8146,  8152,  8162,  8672,  9803,  9810,  11555, 13607, 13608, 13609, 13611,
     13622, 13623, 13624, 13625, 13822, 15151, 15233, 18054, 18456, 46519, 46525, 46526});

constexpr std::array kCompileErrors =
    std::to_array<int>({107,  108,  116,  137,  145,  147,  155,  156,  164,  170, 174,  189,
                        195,  205,  206,  207,  208,  209,  263,  306,  402,  403, 1011, 1013,
                        4104, 4121, 4145, 8120, 8121, 8127, 8155, 8156, 8158, 8159});

/// Those that end the transaction with the batch: conversions, and a conflict with another's
/// changes.
constexpr std::array kTransactionErrors =
    std::to_array<int>({235, 241, 244, 245, 248, 293, 295, 1205, 3960, 8114, 8169});

}  // namespace

ErrorScope scope_of(const Error& error) {
  if (!error.sql() || error.sql()->severity >= 20) return ErrorScope::kBatch;
  return std::ranges::binary_search(kStatementErrors, error.sql()->number) ? ErrorScope::kStatement
                                                                           : ErrorScope::kBatch;
}

bool is_compile_error(const Error& error) {
  return error.sql() && std::ranges::binary_search(kCompileErrors, error.sql()->number);
}

bool ends_transaction(const Error& error) {
  return error.sql() && (error.sql()->severity >= 20 ||
                         std::ranges::binary_search(kTransactionErrors, error.sql()->number));
}

Message message_of(const Error& error) {
  const SqlStatus status = error.sql().value_or(SqlStatus{});
  Message message;
  message.number = status.number;
  message.severity = status.severity;
  message.state = status.state;
  message.line = error.place() ? error.place()->line : 0;
  message.procedure = status.procedure;
  message.text = error.message();
  return message;
}

void SurvivedErrors::add(const Error& error, ResultSink& sink) {
  if (sink.on_error(error)) return;
  flush(sink);
  last_ = error;
}

void SurvivedErrors::flush(ResultSink& sink) {
  if (last_) sink.on_message(message_of(*last_));
  last_.reset();
}

void SurvivedErrors::rethrow_last() const {
  if (last_) throw Error(*last_);
}

}  // namespace tarn::sql
