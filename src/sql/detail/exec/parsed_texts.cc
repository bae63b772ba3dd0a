#include "detail/exec/parsed_texts.h"

#include "detail/syntax/parser.h"

namespace tarn::sql {

ast::Batch ParsedTexts::take(std::string_view text) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return parse_batch(text);
  const auto position = found->second;
  by_text_.erase(found);
  ast::Batch batch = std::move(*position);
  batches_.erase(position);
  bytes_ -= batch.text.size();
  return batch;
}

void ParsedTexts::put_back(ast::Batch batch) {
  const std::size_t bytes = batch.text.size();
  if (bytes > kTextBytesMax || by_text_.contains(batch.text)) return;
  batches_.push_front(std::move(batch));
  by_text_.emplace(batches_.front().text, batches_.begin());
  bytes_ += bytes;
  while (batches_.size() > kTextsMax || bytes_ > kBytesMax) drop_oldest();
}

void ParsedTexts::drop_oldest() {
  by_text_.erase(batches_.back().text);
  bytes_ -= batches_.back().text.size();
  batches_.pop_back();
}

}  // namespace tarn::sql
