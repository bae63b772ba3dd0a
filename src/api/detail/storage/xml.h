#pragma once
// The little XML that the Blob API is made of: a writer, and a reader of block lists.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::api::storage {

/// Text escaped for an element or an attribute; characters that XML has no way to write are left
/// out.
std::string xml_escaped(std::string_view text);

/// Writes a document from its first line on.
class Xml {
 public:
  Xml();
  Xml& open(std::string_view name);
  /// With an attribute.
  Xml& open(std::string_view name, std::string_view attribute, std::string_view value);
  Xml& close(std::string_view name);
  Xml& text(std::string_view name, std::string_view value);
  /// Left out where the value is empty.
  Xml& optional(std::string_view name, std::string_view value);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// The children of a document's root: names and texts, in their order. Comments and processing
/// instructions are passed over; attributes, deeper elements, document types and CDATA are refused.
/// Throws Error(kInvalidArgument).
std::vector<std::pair<std::string, std::string>> read_flat_xml(std::string_view document,
                                                               std::string_view root);

}  // namespace tarn::api::storage
