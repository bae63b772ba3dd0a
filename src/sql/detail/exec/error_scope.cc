#include "detail/exec/error_scope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "detail/exec/failure.h"
#include "detail/exec/session_state.h"

namespace tarn::sql {
namespace {

/// Errors of running a statement after which the batch goes on. Sorted.
constexpr std::array kStatementErrors = std::to_array<int>(
    {201,   214,   220,   229,   232,   234,   242,   297,   305,   500,   512,   515,   517,
     530,   535,   536,   537,   544,   547,   550,   628,   911,   1031,  1060,  1088,  1505,
     1781,  1801,  1901,  1902,  1911,  2601,  2627,  2628,  2705,  2706,  2714,  2716,  2727,
     2740,  2741,  2742,  2749,  2754,  2759,  2760,  2786,  2787,  2812,  3601,  3602,  3609,
     3623,  3701,  3702,  3705,  3727,  3728,  3729,  3902,  3903,  3931,  4502,  4506,  4511,
     4901,  4902,  4920,  4922,  4923,  4924,  4928,  6401,  8101,  8115,  8134,  8143,  8144,
     8145,  8146,  8152,  8162,  8178,  8180,  8672,  9803,  10907, 10908, 10909, 10910, 10912,
     10915, 10916, 10918, 11501, 11555, 13607, 13608, 13609, 13611, 13622, 13623, 13624, 13625,
     13822, 15151, 15233, 18054, 18456, 46519, 46525, 46526, 105611});

/// Errors of compiling: syntax, names, types and counts, which are known before anything runs.
/// Sorted.
constexpr std::array kCompileErrors = std::to_array<int>(
    {102,   103,   104,   105,   107,   108,   109,   110,   111,   113,   116,   117,   119,
     120,   121,   130,   131,   132,   133,   134,   135,   136,   137,   139,   141,   144,
     145,   147,   148,   155,   156,   157,   158,   164,   170,   174,   178,   179,   189,
     191,   195,   196,   199,   205,   206,   207,   208,   209,   213,   239,   240,   243,
     252,   253,   257,   263,   264,   281,   302,   306,   310,   313,   319,   334,   402,
     403,   408,   444,   447,   448,   460,   461,   462,   467,   468,   483,   506,   529,
     1001,  1002,  1007,  1011,  1013,  1015,  1023,  1026,  1033,  1038,  1056,  1062,  1087,
     2715,  4104,  4108,  4109,  4112,  4121,  4127,  4145,  4151,  4193,  4194,  4403,  4405,
     4406,  4418,  4421,  4426,  5309,  5324,  5333,  5334,  5362,  5364,  8116,  8117,  8120,
     8121,  8127,  8133,  8154,  8155,  8156,  8158,  8159,  8161,  8167,  8632,  9806,  9810,
     10703, 10705, 10709, 10713, 10714, 10734, 10741, 10744, 10751, 10752, 10753, 10754, 10756,
     10757, 10758, 10760, 10761, 13600, 13601, 13602, 13603, 13605, 13618, 13620, 40517});

/// Those that end the transaction with the batch: texts that do not convert, calls that nest too
/// deep, and a conflict with another's changes. Sorted.
constexpr std::array kTransactionErrors =
    std::to_array<int>({217, 235, 241, 244, 245, 248, 293, 295, 1205, 3960, 8114, 8169});

bool is_any_of(const auto& sorted, const Error& error) {
  return error.sql() && std::ranges::binary_search(sorted, error.sql()->number);
}

}  // namespace

ErrorScope scope_of(const Error& error) {
  if (!error.sql() || error.sql()->severity >= 20) return ErrorScope::kBatch;
  if (is_compile_error(error)) return ErrorScope::kCall;
  return is_any_of(kStatementErrors, error) ? ErrorScope::kStatement : ErrorScope::kBatch;
}

bool is_compile_error(const Error& error) { return is_any_of(kCompileErrors, error); }

bool ends_transaction(const Error& error) {
  return error.sql() && (error.sql()->severity >= 20 || is_any_of(kTransactionErrors, error));
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

void tell_and_fail(Execution& run, const Error& error, int number, std::string message) {
  if (run.try_depth == 0) {
    if (run.survived) {
      run.survived->add(error, run.sink);
    } else {
      run.sink.on_message(message_of(error));
    }
  }
  Error second = failure_of(error.code(), number, 16, 1, std::move(message));
  if (error.place()) second.set_place(*error.place());
  throw second;
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
