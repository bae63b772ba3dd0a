#pragma once
// Columns of up to kChunkRowsMax rows: read-only views (Chunk, Column) and writers (ColumnWriter,
// ChunkBuilder).
//
// Nothing here copies values. A Column is valid as long as its Chunk, and a Chunk until the next
// Result::next().

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "type.h"

namespace tarn::engine {

/// The engine's vector size: no chunk has more rows.
inline constexpr std::size_t kChunkRowsMax = 2048;

/// The elements of one list value: [offset, offset + length) of the element column.
struct ListRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t micros = 0;
};

/// A view of one column. Cheap to copy.
class Column {
 public:
  Column(const Type* type, void* vector, std::size_t size);

  const Type& type() const { return *type_; }
  std::size_t size() const { return size_; }

  bool is_null(std::size_t row) const {
    return validity_ && !(validity_[row >> 6] >> (row & 63) & 1);
  }
  /// One bit a row, 1 is a value; nullptr where no row is NULL.
  const std::uint64_t* validity() const { return validity_; }

  /// The values as the kind's comment in type.h names them. Rows that are NULL hold anything.
  template <typename T>
  const T* data() const {
    return static_cast<const T*>(data_);
  }
  /// Of text, a blob or an enum. Valid as long as the chunk.
  std::string_view text(std::size_t row) const;
  /// The unscaled value of a decimal, whatever its storage.
  Int128 unscaled(std::size_t row) const;
  /// Any integer, boolean, date, time or timestamp as a number.
  std::int64_t integer(std::size_t row) const;
  /// Any number as a double (a decimal with its scale applied).
  double number(std::size_t row) const;

  ListRange list(std::size_t row) const;
  /// The element column of a list or map, or a struct's field.
  Column child(std::size_t index = 0) const;

 private:
  const Type* type_;
  void* vector_;
  void* data_;
  const std::uint64_t* validity_;
  std::size_t size_;
};

/// Some rows of all columns. Owns the engine's chunk where it came from a Result.
class Chunk {
 public:
  Chunk();
  ~Chunk();
  Chunk(Chunk&&) noexcept;
  Chunk& operator=(Chunk&&) noexcept;

  std::size_t size() const { return size_; }
  std::size_t column_count() const { return columns_.size(); }
  const Column& column(std::size_t index) const { return columns_[index]; }

 private:
  friend struct Access;
  void* handle_ = nullptr;
  bool owned_ = false;
  std::size_t size_ = 0;
  std::vector<Column> columns_;
  std::shared_ptr<const std::vector<Type>> types_;
};

/// Writes one column of a chunk that the engine made. Rows count from 0 to kChunkRowsMax - 1.
class ColumnWriter {
 public:
  ColumnWriter(const Type* type, void* vector);

  const Type& type() const { return *type_; }
  template <typename T>
  T* data() {
    return static_cast<T*>(data_);
  }
  void set_null(std::size_t row);
  void set_text(std::size_t row, std::string_view bytes);  // text or blob
  void set_unscaled(std::size_t row, Int128 value);        // a decimal
  /// A struct's field. set_null() of a struct does not reach its fields.
  ColumnWriter child(std::size_t index);

 private:
  const Type* type_;
  void* vector_;
  void* data_;
};

/// A chunk to be filled and appended.
class ChunkBuilder {
 public:
  explicit ChunkBuilder(std::vector<Type> types);
  ~ChunkBuilder();
  ChunkBuilder(const ChunkBuilder&) = delete;

  std::size_t column_count() const { return types_.size(); }
  ColumnWriter& column(std::size_t index) { return writers_[index]; }
  /// At most kChunkRowsMax.
  void set_size(std::size_t rows);
  std::size_t size() const { return size_; }
  /// Forgets the rows.
  void reset();

 private:
  friend struct Access;
  std::vector<Type> types_;
  void* handle_ = nullptr;
  std::size_t size_ = 0;
  std::vector<ColumnWriter> writers_;
};

}  // namespace tarn::engine
