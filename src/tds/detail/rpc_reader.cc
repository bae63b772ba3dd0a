#include "detail/rpc_reader.h"

#include "base/error.h"
#include "detail/bytes.h"
#include "detail/decoded.h"
#include "detail/stream_reader.h"
#include "detail/type_info.h"
#include "detail/value_reader.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint16_t kByNumber = 0xFFFF;
constexpr std::uint16_t kNoMetadata = 0x02;

// Of a parameter.
constexpr std::uint8_t kByReference = 0x01;
constexpr std::uint8_t kDefaultValue = 0x02;
constexpr std::uint8_t kEncrypted = 0x08;

constexpr std::string_view kStream =
    "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is "
    "incorrect. ";

[[noreturn]] void throw_call_error(Code code, int number, std::string message) {
  throw Error(code, std::move(message)).with_sql({.number = number, .severity = 16, .state = 1});
}

[[noreturn]] void throw_stream_error(int number, const std::string& what) {
  throw_call_error(Code::kInvalidArgument, number, std::string(kStream) + what);
}

std::string_view name_of_procedure(std::uint16_t number) {
  constexpr std::string_view kNames[] = {"",
                                         "sp_cursor",
                                         "sp_cursoropen",
                                         "sp_cursorprepare",
                                         "sp_cursorexecute",
                                         "sp_cursorprepexec",
                                         "sp_cursorunprepare",
                                         "sp_cursorfetch",
                                         "sp_cursoroption",
                                         "sp_cursorclose",
                                         "sp_executesql",
                                         "sp_prepare",
                                         "sp_execute",
                                         "sp_prepexec",
                                         "sp_prepexecrpc",
                                         "sp_unprepare"};
  return number < std::size(kNames) ? kNames[number] : std::string_view();
}

class CallsReader {
 public:
  CallsReader(std::string_view body, Version version) : in_(body), version_(version) {}

  std::vector<Rpc> read() {
    std::vector<Rpc> calls;
    do {
      calls.push_back(read_call());
    } while (!in_.at_end());
    return calls;
  }

 private:
  /// Between two calls; where a parameter's name would be. 0x80 could be the length of one since
  /// 7.2, which has marks of its own: the second says that the call before is not to be run.
  bool takes_mark() {
    const std::uint8_t next = in_.peek();
    const bool mark = version_ < Version::k72 ? next == 0x80 : next == 0xFF || next == 0xFE;
    if (mark) in_.skip(1);
    return mark;
  }

  Rpc read_call() {
    Rpc call;
    const std::uint16_t name_units = in_.u16();
    if (name_units == kByNumber) {
      const std::uint16_t number = in_.u16();
      call.procedure = name_of_procedure(number);
      if (call.procedure.empty()) throw_stream_error(8004, "The RPC name is invalid.");
      call.id = static_cast<ProcedureId>(number);
    } else {
      call.procedure = utf8_from_units(name_units);
      if (call.procedure.empty()) throw_stream_error(8004, "The RPC name is invalid.");
    }
    call.no_metadata = (in_.u16() & kNoMetadata) != 0;
    while (!in_.at_end() && !takes_mark()) {
      if (call.parameters.size() == kCallParametersMax) {
        throw_stream_error(
            8003, "Too many parameters were provided in this RPC request. The maximum is " +
                      std::to_string(kCallParametersMax) + ".");
      }
      call.parameters.push_back(read_parameter(call.parameters.size() + 1));
    }
    return call;
  }

  std::string utf8_from_units(std::uint16_t units) {
    return ByteReader(in_.bytes(std::size_t{2} * units)).utf16(units);
  }

  RpcParameter read_parameter(std::size_t ordinal) {
    RpcParameter parameter;
    parameter.name = in_.b_varchar();
    const std::uint8_t status = in_.u8();
    parameter.output = (status & kByReference) != 0;
    parameter.use_default = (status & kDefaultValue) != 0;
    const std::string who =
        "Parameter " + std::to_string(ordinal) + " (\"" + parameter.name + "\"): ";
    if (status & kEncrypted) {
      throw_call_error(Code::kUnsupported, 8006,
                       who + "Encrypted parameters (Always Encrypted) are not supported.");
    }
    if (status & ~(kByReference | kDefaultValue)) {
      throw_stream_error(8006, "Parameter " + std::to_string(ordinal) +
                                   ": The parameter status flags are invalid.");
    }
    try {
      read_type_and_value(parameter);
    } catch (const BadBytes& bad) {
      if (bad.number == kEndsEarly) throw;
      if (bad.unsupported) throw_call_error(Code::kUnsupported, bad.number, who + bad.what);
      throw_stream_error(bad.number, who + bad.what);
    }
    return parameter;
  }

  void read_type_and_value(RpcParameter& parameter) {
    TypeInfo type = read_type_info(in_);
    const auto bytes = type.prefix == Prefix::kVariant
                           ? read_variant(in_, type)
                           : read_value(in_, type, Within::kCall, storage_);
    parameter.type = declaration(type);
    if (bytes && !parameter.use_default) parameter.value = value_text(type, *bytes);
  }

  StreamReader in_;
  Version version_;
  std::string storage_;
};

}  // namespace

std::vector<Rpc> read_calls(std::string_view body, Version version) {
  try {
    return CallsReader(body, version).read();
  } catch (const BadBytes& bad) {
    throw_malformed(bad.what);
  }
}

}  // namespace tarn::tds::detail
