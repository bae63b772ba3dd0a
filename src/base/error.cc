#include "error.h"

namespace tarn {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "InvalidArgument";
    case Code::kUnauthenticated:
      return "Unauthenticated";
    case Code::kPermissionDenied:
      return "PermissionDenied";
    case Code::kNotFound:
      return "NotFound";
    case Code::kAlreadyExists:
      return "AlreadyExists";
    case Code::kConflict:
      return "Conflict";
    case Code::kTooLarge:
      return "TooLarge";
    case Code::kResourceExhausted:
      return "ResourceExhausted";
    case Code::kCancelled:
      return "Cancelled";
    case Code::kDeadlineExceeded:
      return "DeadlineExceeded";
    case Code::kUnsupported:
      return "Unsupported";
    case Code::kUnavailable:
      return "Unavailable";
    case Code::kDataLoss:
      return "DataLoss";
    case Code::kInternal:
      return "Internal";
  }
  return "Internal";
}

Error::Error(Code code, std::string message, std::string hint)
    : code_(code), message_(std::move(message)), hint_(std::move(hint)) {
  render();
}

Error&& Error::at(Place place) && {
  set_place(std::move(place));
  return std::move(*this);
}

Error&& Error::with_sql(SqlStatus status) && {
  set_sql(std::move(status));
  return std::move(*this);
}

void Error::set_place(Place place) {
  if (place_) return;
  place_ = std::move(place);
  render();
}

void Error::render() {
  what_.clear();
  if (place_) {
    what_ += place_->source;
    if (place_->line > 0) {
      if (!what_.empty()) what_ += ':';
      what_ += std::to_string(place_->line);
      if (place_->column > 0) what_ += ':' + std::to_string(place_->column);
    }
    if (!what_.empty()) what_ += ": ";
  }
  what_ += message_;
  if (!hint_.empty()) what_ += ' ' + hint_;
}

void check(bool invariant, std::string_view what) {
  if (!invariant) throw Error(Code::kInternal, "A bug in Tarn: " + std::string(what));
}

}  // namespace tarn
