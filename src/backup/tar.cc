#include "backup/tar.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace tarn::backup {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameMax = 100;
constexpr std::uint64_t kOctalSizeMax = 077777777777;  // 8 GiB - 1
constexpr std::uint64_t kPaxBytesMax = 64 << 10;
constexpr std::int64_t kNanos = 1'000'000'000;

// The fields of a header (POSIX, "pax", ustar interchange format): offset and length.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12};
constexpr Field kTime{136, 12}, kSum{148, 8}, kType{156, 1}, kMagic{257, 8}, kPrefix{345, 155};

void put_octal(std::string& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i-- > 0; value >>= 3)
    block[field.at + i] = static_cast<char>('0' + (value & 7));
}

std::string_view text_of(std::string_view block, Field field) {
  const std::string_view whole = block.substr(field.at, field.size);
  return whole.substr(0, whole.find('\0'));
}

[[noreturn]] void damaged(const std::string& what) {
  throw Error(Code::kDataLoss, "The archive is damaged: " + what + ".",
              "Use another copy of the backup.");
}

std::uint64_t octal_of(std::string_view block, Field field) {
  const std::string_view text = trim(text_of(block, field));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size()))
    damaged("a number in a header cannot be read");
  return value;
}

/// With the field of the sum itself as blanks.
std::uint64_t sum_of(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool own = i >= kSum.at && i < kSum.at + kSum.size;
    sum += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

/// "30 mtime=1350244992.023960108\n": the length counts itself.
std::string pax_record(std::string_view key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t size = rest + std::to_string(rest).size();
  size = rest + std::to_string(size).size();
  return std::to_string(size) + " " + std::string(key) + "=" + value + "\n";
}

std::string seconds_text(std::int64_t time_ns) {
  std::string fraction = std::to_string(time_ns % kNanos);
  fraction.insert(0, 9 - fraction.size(), '0');
  return std::to_string(time_ns / kNanos) + "." + fraction;
}

std::int64_t nanoseconds_of(std::string_view text) {
  const std::size_t dot = text.find('.');
  std::int64_t seconds = 0;
  const std::string_view whole = text.substr(0, dot);
  std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1, 9));
  fraction.resize(9, '0');
  std::int64_t nanos = 0;
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), nanos);
  return seconds * kNanos + nanos;
}

/// Only names below the place that the archive is unpacked to.
void check_path(const std::string& path) {
  bool good = !path.empty() && path.size() <= kTarPathBytesMax && path.front() != '/';
  for (const std::string& part : split(path, '/')) good = good && part != "..";
  if (!good) {
    throw Error(Code::kInvalidArgument, "A path leads out of the archive: '" + path + "'.",
                "This is no backup of Tarn.");
  }
}

}  // namespace

void TarWriter::header(const std::string& name, const TarEntry& entry, char type,
                       std::uint64_t size) {
  std::string block(kBlock, '\0');
  name.copy(block.data() + kName.at, kName.size);
  put_octal(block, kMode, entry.mode);
  put_octal(block, kUid, 0);
  put_octal(block, kGid, 0);
  put_octal(block, kSize, size);
  put_octal(block, kTime, static_cast<std::uint64_t>(entry.modified_ns / kNanos));
  block[kType.at] = type;
  std::memcpy(block.data() + kMagic.at, "ustar\00000", kMagic.size);
  put_octal(block, {kSum.at, kSum.size - 1}, sum_of(block));
  block[kSum.at + kSum.size - 1] = ' ';
  sink_(block);
}

void TarWriter::begin(const TarEntry& entry) {
  check(left_ == 0, "an entry of an archive is begun within another");
  const std::string path = entry.folder ? entry.path + "/" : entry.path;
  std::string pax;
  if (path.size() > kNameMax) pax += pax_record("path", path);
  if (entry.size > kOctalSizeMax) pax += pax_record("size", std::to_string(entry.size));
  if (entry.modified_ns % kNanos != 0) pax += pax_record("mtime", seconds_text(entry.modified_ns));
  if (!pax.empty()) {
    header("pax", entry, 'x', pax.size());
    sink_(pax);
    written_ = pax.size();
    pad();
  }
  header(path.substr(0, kNameMax), entry, entry.folder ? '5' : '0',
         entry.size > kOctalSizeMax ? 0 : entry.size);
  left_ = entry.size;
  written_ = 0;
}

void TarWriter::write(std::string_view bytes) {
  check(bytes.size() <= left_, "an entry of an archive gets more bytes than it has");
  if (bytes.empty()) return;
  sink_(bytes);
  left_ -= bytes.size();
  written_ += bytes.size();
  if (left_ == 0) pad();
}

void TarWriter::pad() {
  if (const std::size_t over = written_ % kBlock; over > 0) sink_(std::string(kBlock - over, '\0'));
  written_ = 0;
}

void TarWriter::finish() {
  check(left_ == 0, "an archive ends within an entry");
  sink_(std::string(2 * kBlock, '\0'));
}

void TarReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !complete_) {
    // Whole blocks of a file pass without a copy.
    if (block_.empty() && left_ >= kBlock && !in_pax_ && bytes.size() >= kBlock) {
      const std::uint64_t whole = std::min<std::uint64_t>(left_, bytes.size()) / kBlock * kBlock;
      if (!skip_) visitor_.data(bytes.substr(0, whole));
      left_ -= whole;
      bytes.remove_prefix(whole);
      if (left_ == 0 && !skip_) visitor_.end();
      continue;
    }
    const std::size_t count = std::min(kBlock - block_.size(), bytes.size());
    block_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (block_.size() == kBlock) {
      take_block();
      block_.clear();
    }
  }
}

void TarReader::take_block() {
  if (left_ == 0) return take_header();
  const std::size_t count = std::min<std::uint64_t>(left_, kBlock);
  const std::string_view data = std::string_view(block_).substr(0, count);
  left_ -= count;
  if (in_pax_) {
    pax_text_.append(data);
    if (left_ == 0) {
      take_pax(pax_text_);
      in_pax_ = false;
    }
    return;
  }
  if (skip_) return;
  visitor_.data(data);
  if (left_ == 0) visitor_.end();
}

void TarReader::take_pax(std::string_view records) {
  while (!records.empty()) {
    std::size_t size = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), size);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || size <= digits + 2 || size > records.size() ||
        records[size - 1] != '\n') {
      damaged("an extended header cannot be read");
    }
    const std::string_view record = records.substr(digits + 1, size - digits - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) damaged("an extended header cannot be read");
    pax_[std::string(record.substr(0, equals))] = std::string(record.substr(equals + 1));
    records.remove_prefix(size);
  }
}

void TarReader::take_header() {
  if (block_.find_first_not_of('\0') == std::string::npos) {
    complete_ = zero_block_;
    zero_block_ = true;
    return;
  }
  zero_block_ = false;
  if (octal_of(block_, kSum) != sum_of(block_)) damaged("a header's checksum is wrong");
  const char type = block_[kType.at];
  left_ = octal_of(block_, kSize);
  in_pax_ = type == 'x';
  skip_ = type == 'g';
  if (in_pax_ || skip_) {
    if (left_ > kPaxBytesMax) damaged("an extended header is too long");
    pax_text_.clear();
    return;
  }
  TarEntry entry;
  entry.path = text_of(block_, kName);
  if (const std::string_view prefix = text_of(block_, kPrefix); !prefix.empty())
    entry.path = std::string(prefix) + "/" + entry.path;
  entry.modified_ns = static_cast<std::int64_t>(octal_of(block_, kTime)) * kNanos;
  entry.mode = static_cast<std::uint32_t>(octal_of(block_, kMode) & 0777);
  if (pax_.contains("path")) entry.path = pax_["path"];
  if (pax_.contains("mtime")) entry.modified_ns = nanoseconds_of(pax_["mtime"]);
  if (pax_.contains("size")) left_ = std::stoull(pax_["size"]);
  pax_.clear();
  if (type != '0' && type != '\0' && type != '5') {
    throw Error(Code::kUnsupported,
                "The archive holds a link or a special file: '" + entry.path + "'.",
                "This is no backup of Tarn.");
  }
  entry.folder = type == '5';
  if (entry.path.starts_with("./")) entry.path.erase(0, 2);
  while (entry.path.ends_with('/')) entry.path.pop_back();
  if (entry.path.empty() || entry.path == ".") {
    skip_ = true;
    return;
  }
  check_path(entry.path);
  entry.size = left_;
  visitor_.begin(entry);
  if (left_ == 0) visitor_.end();
}

}  // namespace tarn::backup
