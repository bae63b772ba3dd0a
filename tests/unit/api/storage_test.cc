// The storage API's own formats: XML, checksums.

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "detail/storage/checksums.h"
#include "detail/storage/xml.h"

namespace tarn::api::storage {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Xml, WritesEscapedText) {
  Xml xml;
  xml.open("A", "Name", "\"x\" & y").text("B", "<1> \x01").optional("C", "").close("A");
  EXPECT_EQ(xml.take(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><A Name=\"&quot;x&quot; &amp; y\">"
            "<B>&lt;1&gt; </B></A>");
}

TEST(Xml, ReadsBlockLists) {
  EXPECT_EQ(
      read_flat_xml("\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- c -->\n<BlockList>\n <Latest>QQ=="
                    "</Latest><Committed>a&amp;b&#x41;</Committed><Latest/></BlockList>\n",
                    "BlockList"),
      (Pairs{{"Latest", "QQ=="}, {"Committed", "a&bA"}, {"Latest", ""}}));
  EXPECT_EQ(read_flat_xml("<BlockList/>", "BlockList"), Pairs{});
}

TEST(Xml, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x", "<BlockList>", "<BlockList><Latest>QQ==</BlockList>", "<Other/>",
        "<BlockList a='1'/>", "<BlockList></BlockList>x", "<!DOCTYPE a><BlockList/>",
        "<BlockList><Latest>&bomb;</Latest></BlockList>",
        "<BlockList><Latest>&amp</Latest></BlockList>",
        "<BlockList><Latest><Deeper/></Latest></BlockList>", "<BlockList><!-- </BlockList>",
        "<BlockList>\xff</BlockList>", "<BlockList><Latest>&#0;</Latest></BlockList>"}) {
    EXPECT_THROW(read_flat_xml(text, "BlockList"), Error) << text;
  }
}

TEST(Checksums, Crc64IsTheOneOfNvme) {
  // The check value of CRC-64/NVME in the catalogue of parametrised CRC algorithms.
  EXPECT_EQ(crc64(0, "123456789"), 0xAE8B14860A799888ull);
  EXPECT_EQ(crc64(crc64(0, "1234"), "56789"), 0xAE8B14860A799888ull);
  EXPECT_EQ(crc64(0, ""), 0u);
  const std::string long_text(1000, 'x');
  EXPECT_EQ(crc64(crc64(0, long_text.substr(0, 333)), long_text.substr(333)), crc64(0, long_text));
}

TEST(Checksums, Md5IsTheOneOfTheRfc) {
  Md5 md5;
  md5.update("message ");
  md5.update("digest");
  EXPECT_EQ(md5.base64(), to_base64(from_hex("f96b697d7cb7938d525a2f31aaf161d0")));
}

}  // namespace
}  // namespace tarn::api::storage
