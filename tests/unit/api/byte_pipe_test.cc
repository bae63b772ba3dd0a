// Bytes from one thread to another: the producer is held back, and told when its reader stalls.

#include "detail/byte_pipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace tarn::api {
namespace {

class TextSink : public router::BodySink {
 public:
  void write(std::string_view bytes) override { text.append(bytes); }
  std::string text;
};

TEST(BytePipe, TellsItsProducerThatTheReaderStalls) {
  std::atomic<int> stalled = 0, went_on = 0;
  BytePipe pipe({}, [&](BytePipe::Writer& out, const CancelToken&) {
    out.on_stall({.stalled = [&] { ++stalled; },
                  .goes_on =
                      [&] {
                        EXPECT_EQ(stalled, 1);
                        ++went_on;
                      }});
    for (int i = 0; i < 10; ++i) out.write(std::string(64 << 10, static_cast<char>('a' + i)));
  });
  pipe.wait_for_first_bytes();
  for (int i = 0; i < 2000 && stalled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(stalled, 1);
  EXPECT_EQ(went_on, 0);
  TextSink sink;
  pipe.drain(sink);
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(sink.text.size(), 10u * (64 << 10));
  EXPECT_EQ(sink.text.back(), 'j');
}

TEST(BytePipe, ALongPieceGoesThroughAShortBuffer) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + std::string(5000, '.');
  BytePipe pipe({}, [&](BytePipe::Writer& out, const CancelToken&) { out.write(text); });
  pipe.wait_for_first_bytes();
  struct PieceSink : TextSink {
    void write(std::string_view bytes) override {
      longest = std::max(longest, bytes.size());
      TextSink::write(bytes);
    }
    std::size_t longest = 0;
  } sink;
  pipe.drain(sink);
  EXPECT_EQ(sink.text, text);
  EXPECT_LT(sink.longest, 2 * BytePipe::kBufferBytes);
}

TEST(BytePipe, AReaderThatIsGoneEndsAStalledProducer) {
  std::atomic<bool> ended = false;
  {
    BytePipe pipe({}, [&](BytePipe::Writer& out, const CancelToken&) {
      try {
        while (true) out.write(std::string(64 << 10, 'x'));
      } catch (const Error& error) {
        ended = error.code() == Code::kCancelled;
        throw;
      }
    });
    pipe.wait_for_first_bytes();
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace tarn::api
