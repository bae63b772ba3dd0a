#include "engine/chunk.h"

#include <cmath>

#include "base/error.h"
#include "detail/access.h"
#include "int128.h"

namespace tarn::engine {
namespace {

duckdb_vector vector_of(void* vector) { return static_cast<duckdb_vector>(vector); }

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double power_of_ten(int exponent) {
  return exponent <= 22 ? kPowersOfTen[exponent] : std::pow(10.0, exponent);
}

}  // namespace

Column::Column(const Type* type, void* vector, std::size_t size)
    : type_(type),
      vector_(vector),
      data_(duckdb_vector_get_data(vector_of(vector))),
      validity_(duckdb_vector_get_validity(vector_of(vector))),
      size_(size) {}

std::string_view Column::text(std::size_t row) const {
  if (type_->kind == Kind::kEnum) {
    const Kind storage = type_->children[0].kind;
    const std::size_t index = storage == Kind::kUInt8    ? data<std::uint8_t>()[row]
                              : storage == Kind::kUInt16 ? data<std::uint16_t>()[row]
                                                         : data<std::uint32_t>()[row];
    return type_->names[index];
  }
  auto* strings = static_cast<duckdb_string_t*>(data_);
  return {duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row])};
}

Int128 Column::unscaled(std::size_t row) const {
  if (type_->precision <= 4) return data<std::int16_t>()[row];
  if (type_->precision <= 9) return data<std::int32_t>()[row];
  if (type_->precision <= 18) return data<std::int64_t>()[row];
  return load_int128(data<Int128>(), row);
}

std::int64_t Column::integer(std::size_t row) const {
  switch (type_->kind) {
    case Kind::kBoolean:
      return data<bool>()[row] ? 1 : 0;
    case Kind::kInt8:
      return data<std::int8_t>()[row];
    case Kind::kInt16:
      return data<std::int16_t>()[row];
    case Kind::kInt32:
    case Kind::kDate:
      return data<std::int32_t>()[row];
    case Kind::kUInt8:
      return data<std::uint8_t>()[row];
    case Kind::kUInt16:
      return data<std::uint16_t>()[row];
    case Kind::kUInt32:
      return data<std::uint32_t>()[row];
    case Kind::kInt64:
    case Kind::kUInt64:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampSeconds:
    case Kind::kTimestampMillis:
    case Kind::kTimestampNanos:
      return data<std::int64_t>()[row];
    default:
      throw Error(Code::kInternal, "A column of this type holds no integers: " + to_sql(*type_));
  }
}

double Column::number(std::size_t row) const {
  switch (type_->kind) {
    case Kind::kFloat:
      return data<float>()[row];
    case Kind::kDouble:
      return data<double>()[row];
    case Kind::kDecimal:
      return static_cast<double>(unscaled(row)) / power_of_ten(type_->scale);
    case Kind::kInt128:
      return static_cast<double>(load_int128(data<Int128>(), row));
    case Kind::kUInt64:
      return static_cast<double>(data<std::uint64_t>()[row]);
    default:
      return static_cast<double>(integer(row));
  }
}

ListRange Column::list(std::size_t row) const {
  const duckdb_list_entry& entry = data<duckdb_list_entry>()[row];
  return {entry.offset, entry.length};
}

Column Column::child(std::size_t index) const {
  if (type_->kind == Kind::kStruct) {
    return Column(&type_->children.at(index),
                  duckdb_struct_vector_get_child(vector_of(vector_), index), size_);
  }
  return Column(&type_->children.at(0), duckdb_list_vector_get_child(vector_of(vector_)),
                duckdb_list_vector_get_size(vector_of(vector_)));
}

Chunk::Chunk() = default;

Chunk::~Chunk() { Access::clear(*this); }

Chunk::Chunk(Chunk&& other) noexcept { *this = std::move(other); }

Chunk& Chunk::operator=(Chunk&& other) noexcept {
  if (this == &other) return *this;
  Access::clear(*this);
  handle_ = std::exchange(other.handle_, nullptr);
  owned_ = other.owned_;
  size_ = std::exchange(other.size_, 0);
  columns_ = std::move(other.columns_);
  other.columns_.clear();
  types_ = std::move(other.types_);
  return *this;
}

void Access::clear(Chunk& chunk) {
  chunk.columns_.clear();
  chunk.size_ = 0;
  if (chunk.handle_ && chunk.owned_) {
    auto handle = static_cast<duckdb_data_chunk>(chunk.handle_);
    duckdb_destroy_data_chunk(&handle);
  }
  chunk.handle_ = nullptr;
}

void Access::bind(Chunk& chunk, duckdb_data_chunk handle,
                  std::shared_ptr<const std::vector<Type>> types, bool owned) {
  clear(chunk);
  chunk.handle_ = handle;
  chunk.owned_ = owned;
  chunk.types_ = std::move(types);
  chunk.size_ = duckdb_data_chunk_get_size(handle);
  chunk.columns_.reserve(chunk.types_->size());
  for (std::size_t i = 0; i < chunk.types_->size(); ++i) {
    chunk.columns_.emplace_back(&(*chunk.types_)[i], duckdb_data_chunk_get_vector(handle, i),
                                chunk.size_);
  }
}

ColumnWriter::ColumnWriter(const Type* type, void* vector)
    : type_(type), vector_(vector), data_(duckdb_vector_get_data(vector_of(vector))) {}

void ColumnWriter::set_null(std::size_t row) {
  duckdb_vector_ensure_validity_writable(vector_of(vector_));
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector_of(vector_)), row);
}

void ColumnWriter::set_text(std::size_t row, std::string_view bytes) {
  duckdb_vector_assign_string_element_len(vector_of(vector_), row, bytes.data(), bytes.size());
}

void ColumnWriter::set_unscaled(std::size_t row, Int128 value) {
  if (type_->precision <= 4) {
    data<std::int16_t>()[row] = static_cast<std::int16_t>(value);
  } else if (type_->precision <= 9) {
    data<std::int32_t>()[row] = static_cast<std::int32_t>(value);
  } else if (type_->precision <= 18) {
    data<std::int64_t>()[row] = static_cast<std::int64_t>(value);
  } else {
    store_int128(data<Int128>(), row, value);
  }
}

ColumnWriter ColumnWriter::child(std::size_t index) {
  check(type_->kind == Kind::kStruct, "only a struct has fields to write");
  return ColumnWriter(&type_->children.at(index),
                      duckdb_struct_vector_get_child(vector_of(vector_), index));
}

ChunkBuilder::ChunkBuilder(std::vector<Type> types) : types_(std::move(types)) {
  std::vector<LogicalType> logical;
  std::vector<duckdb_logical_type> handles;
  for (const Type& type : types_) {
    logical.push_back(type_to(type));
    handles.push_back(logical.back().get());
  }
  handle_ = duckdb_create_data_chunk(handles.data(), handles.size());
  check(handle_ != nullptr, "the engine made no chunk");
  reset();
}

ChunkBuilder::~ChunkBuilder() {
  auto handle = static_cast<duckdb_data_chunk>(handle_);
  duckdb_destroy_data_chunk(&handle);
}

void ChunkBuilder::set_size(std::size_t rows) {
  check(rows <= kChunkRowsMax, "a chunk holds kChunkRowsMax rows");
  size_ = rows;
  duckdb_data_chunk_set_size(static_cast<duckdb_data_chunk>(handle_), rows);
}

void ChunkBuilder::reset() {
  auto handle = static_cast<duckdb_data_chunk>(handle_);
  duckdb_data_chunk_reset(handle);
  size_ = 0;
  writers_.clear();
  for (std::size_t i = 0; i < types_.size(); ++i) {
    writers_.emplace_back(&types_[i], duckdb_data_chunk_get_vector(handle, i));
  }
}

}  // namespace tarn::engine
