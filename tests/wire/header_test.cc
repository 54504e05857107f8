#include "bus/wire/header.h"

#include <gtest/gtest.h>

#include "bus/wire/packer.h"

namespace exo {
namespace {

using namespace std::string_literals;

// Writes a map key by key, whatever it may be: the maker of illegal headers.
class Map {
 public:
  template <typename Value>
  Map& with(std::string_view key, const Value& value) {
    std::string packed;
    StringStream stream{packed};
    Packer packer(stream);
    pack(packer, value);
    return with_raw(key, packed);
  }
  Map& with_raw(std::string_view key, std::string_view value) {
    StringStream stream{body_};
    Packer packer(stream);
    pack_string(packer, key);
    body_.append(value);
    ++count_;
    return *this;
  }
  std::string bytes() const {
    std::string all;
    StringStream stream{all};
    Packer(stream).pack_map(count_);
    return all + body_;
  }

 private:
  static void pack(Packer& packer, const std::string& text) { pack_string(packer, text); }
  static void pack(Packer& packer, int number) { packer.pack_int64(number); }
  static void pack(Packer& packer, double number) { packer.pack_double(number); }

  std::string body_;
  std::uint32_t count_ = 0;
};

Map command() {
  Map map;
  map.with("kind", "command"s);
  return map;
}

Result<void> decode(const std::string& bytes, HeaderView& header) {
  return decode_header(std::as_bytes(std::span(bytes)), header);
}

std::string refusal(const std::string& bytes) {
  HeaderView header;
  const auto outcome = decode(bytes, header);
  return outcome.ok() ? "accepted" : outcome.error().code + ": " + outcome.error().message;
}

// Every key set to something that is not its default.
HeaderView full_header() {
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = "todos.list";
  header.id = "web-1.7";
  header.activity_id = "web-1.1";
  header.response_to = "todo-1.3";
  header.version = "^1.2.0";
  header.sender = "web";
  header.sender_version = "0.0.1";
  header.timestamp_ns = 1'795'208'462'000'000'000;
  header.content_type = ContentType::kJson;
  header.timeout_ms = 60'000;
  header.expects = Expects::kMany;
  header.sequence = 12;
  header.redelivered = true;
  header.acknowledged = true;
  header.acknowledged = true;
  header.more = true;
  header.page = 3;
  header.pages = 9;
  header.handled_errors = 2;
  header.caused_by = "web-1.6";
  header.code = "handler-failed";
  header.reason = "no such table: todos";
  return header;
}

TEST(DecodeHeader, RefusesWhatIsNotAMap) {
  EXPECT_EQ(refusal(""), "malformed: header: it is empty");
  EXPECT_EQ(refusal("\x01"), "malformed: header: it is not a map");
  EXPECT_EQ(refusal("\x90"), "malformed: header: it is not a map");
}

TEST(DecodeHeader, RefusesAFrameOverItsLimit) {
  const std::string filler(kHeaderLimitBytes, 'x');
  EXPECT_EQ(refusal(command().with("filler", filler).bytes()).substr(0, 9), "too-large");
}

TEST(DecodeHeader, AcceptsAFrameAtItsLimit) {
  const std::size_t around = command().with("filler", std::string(1000, 'x')).bytes().size() - 1000;
  const std::string bytes = command().with("filler", std::string(kHeaderLimitBytes - around, 'x')).bytes();
  ASSERT_EQ(bytes.size(), kHeaderLimitBytes);
  EXPECT_EQ(refusal(bytes), "accepted");
}

TEST(DecodeHeader, RefusesKeysThatAreNotStrings) {
  EXPECT_EQ(refusal("\x81\x01\x02"), "malformed: header: every key must be a string");
}

TEST(DecodeHeader, RefusesAHeaderWithoutKind) {
  EXPECT_EQ(refusal("\x80"), "malformed: header: `kind` is missing");
  EXPECT_EQ(refusal(Map().with("name", "a"s).bytes()), "malformed: header: `kind` is missing");
  EXPECT_EQ(refusal(Map().with_raw("kind", "\xc0").bytes()), "malformed: header: `kind` is missing");
}

TEST(DecodeHeader, RefusesWordsThatThisProtocolDoesNotKnow) {
  const std::string unknown = "has a value that this protocol does not know";
  EXPECT_EQ(refusal(Map().with("kind", "shout"s).bytes()), "malformed: header: `kind` " + unknown);
  EXPECT_EQ(refusal(command().with("expects", "two"s).bytes()), "malformed: header: `expects` " + unknown);
  EXPECT_EQ(refusal(command().with("contentType", "xml"s).bytes()),
            "malformed: header: `contentType` " + unknown);
}

TEST(DecodeHeader, RefusesAKnownKeyThatIsThereTwice) {
  EXPECT_EQ(refusal(command().with("id", "a"s).with("id", "b"s).bytes()),
            "malformed: header: `id` is there twice");
}

TEST(DecodeHeader, RefusesNumbersWhereTextsBelong) {
  for (const std::string key : {"kind", "name", "id", "activityId", "responseTo", "version", "sender",
                                "senderVersion", "contentType", "expects", "causedBy", "code", "reason"}) {
    const std::string bytes = key == "kind" ? Map().with(key, 1).bytes() : command().with(key, 1).bytes();
    EXPECT_EQ(refusal(bytes), "malformed: header: `" + key + "` must be a string");
  }
}

TEST(DecodeHeader, RefusesTextsAndNegativesWhereNumbersBelong) {
  for (const std::string key : {"timestamp", "timeoutMs", "sequence", "page", "pages", "handledErrors"}) {
    const std::string refused = "malformed: header: `" + key + "` must be an unsigned integer";
    EXPECT_EQ(refusal(command().with(key, "1"s).bytes()), refused);
    EXPECT_EQ(refusal(command().with(key, -1).bytes()), refused);
    EXPECT_EQ(refusal(command().with(key, 1.5).bytes()), refused);
  }
}

TEST(DecodeHeader, RefusesNumbersWhereTrueOrFalseBelongs) {
  for (const std::string key : {"redelivered", "acknowledged", "more"}) {
    EXPECT_EQ(refusal(command().with(key, 1).bytes()),
              "malformed: header: `" + key + "` must be true or false");
  }
}

TEST(DecodeHeader, RefusesIdsThatAreEmptyLongOrUnprintable) {
  for (const std::string key : {"id", "activityId", "responseTo"}) {
    for (const std::string& id : {""s, std::string(65, 'a'), "a b"s, "a\n"s, "\xc3\xa4"s, "\x7f"s}) {
      EXPECT_EQ(refusal(command().with(key, id).bytes()),
                "malformed: header: `" + key + "` must be 1 to 64 bytes of printable ASCII without spaces");
    }
    EXPECT_EQ(refusal(command().with(key, std::string(64, 'a')).bytes()), "accepted");
  }
}

// An answer echoes what was decoded, and could grow beyond what a header may have.
TEST(DecodeHeader, LeavesOutWhatItRefuses) {
  const std::string nearly_all(kHeaderLimitBytes - 200, 'a');
  for (const std::string key : {"name", "version", "id", "activityId", "responseTo"}) {
    const std::string bytes = command().with(key, nearly_all).bytes();
    HeaderView header;
    ASSERT_FALSE(decode(bytes, header).ok());
    for (const std::string_view value :
         {header.name, header.version, header.id, header.activity_id, header.response_to}) {
      EXPECT_LE(value.size(), kNameLimitBytes) << key;
    }
  }
}

TEST(DecodeHeader, RefusesWordsThatAreLongOrHaveControlCharacters) {
  for (const std::string key : {"name", "version", "sender", "senderVersion", "code"}) {
    EXPECT_EQ(refusal(command().with(key, std::string(256, 'a')).bytes()),
              "malformed: header: `" + key + "` is longer than 255 bytes");
    EXPECT_EQ(refusal(command().with(key, "a\x1b[2J"s).bytes()),
              "malformed: header: `" + key + "` has a control character");
    EXPECT_EQ(refusal(command().with(key, std::string(255, 'a')).bytes()), "accepted");
  }
}

TEST(DecodeHeader, RefusesUnknownKeysThatAreNestedTooDeeply) {
  const std::string deep = std::string(16, '\x91') + "\x01";
  EXPECT_EQ(refusal(command().with_raw("later", deep).bytes()), "malformed: header: it is nested too deeply");
}

TEST(DecodeHeader, RefusesEveryTruncation) {
  std::string bytes;
  encode_header(full_header(), bytes);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    HeaderView header;
    EXPECT_FALSE(decode(bytes.substr(0, length), header).ok()) << "at length " << length;
  }
}

TEST(DecodeHeader, RefusesTrailingBytes) {
  EXPECT_EQ(refusal(command().bytes() + "\xc0"), "malformed: header: 1 bytes follow its value");
}

TEST(DecodeHeader, IgnoresUnknownKeysWithAnythingWellFormed) {
  HeaderView header;
  const std::string bytes = Map()
                                .with_raw("later",
                                          "\x82\xa1"
                                          "a\x92\x01\x02\xa1"
                                          "b\xc7\x01\x05\x00"s)
                                .with("kind", "command"s)
                                .with_raw("kind2", "\xc0")
                                .with("name", "after"s)
                                .bytes();
  ASSERT_TRUE(decode(bytes, header).ok());
  EXPECT_EQ(header.kind, Kind::kCommand);
  EXPECT_EQ(header.name, "after");
}

TEST(DecodeHeader, TakesNilForAbsent) {
  for (const std::string key : {"name", "id", "timeoutMs", "more", "expects"}) {
    EXPECT_EQ(refusal(command().with_raw(key, "\xc0").bytes()), "accepted") << key;
  }
}

TEST(DecodeHeader, TakesKeysInAnyOrder) {
  HeaderView header;
  const std::string bytes = Map().with("id", "7"s).with("name", "a"s).with("kind", "reply"s).bytes();
  ASSERT_TRUE(decode(bytes, header).ok());
  EXPECT_EQ(header.kind, Kind::kReply);
  EXPECT_EQ(header.id, "7");
}

TEST(DecodeHeader, ForgetsWhatTheHeaderHeldBefore) {
  HeaderView header = full_header();
  ASSERT_TRUE(decode(Map().with("kind", "ping"s).bytes(), header).ok());
  EXPECT_TRUE(header.name.empty());
  EXPECT_FALSE(header.timeout_ms.has_value());
  EXPECT_FALSE(header.more);
}

TEST(DecodeHeader, ReadsEveryKeyThatWasWritten) {
  const HeaderView written = full_header();
  std::string bytes;
  encode_header(written, bytes);
  HeaderView read;
  ASSERT_TRUE(decode(bytes, read).ok());
  EXPECT_EQ(read.kind, written.kind);
  EXPECT_EQ(read.name, written.name);
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.activity_id, written.activity_id);
  EXPECT_EQ(read.response_to, written.response_to);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.sender, written.sender);
  EXPECT_EQ(read.sender_version, written.sender_version);
  EXPECT_EQ(read.timestamp_ns, written.timestamp_ns);
  EXPECT_EQ(read.content_type, written.content_type);
  EXPECT_EQ(read.timeout_ms, written.timeout_ms);
  EXPECT_EQ(read.expects, written.expects);
  EXPECT_EQ(read.sequence, written.sequence);
  EXPECT_EQ(read.redelivered, written.redelivered);
  EXPECT_EQ(read.acknowledged, written.acknowledged);
  EXPECT_EQ(read.more, written.more);
  EXPECT_EQ(read.page, written.page);
  EXPECT_EQ(read.pages, written.pages);
  EXPECT_EQ(read.handled_errors, written.handled_errors);
  EXPECT_EQ(read.caused_by, written.caused_by);
  EXPECT_EQ(read.code, written.code);
  EXPECT_EQ(read.reason, written.reason);
}

TEST(DecodeHeader, ReadsEveryKindByItsName) {
  for (int kind = 0; kind <= static_cast<int>(Kind::kCancel); ++kind) {
    HeaderView header;
    const auto expected = static_cast<Kind>(kind);
    ASSERT_TRUE(decode(Map().with("kind", std::string(to_string(expected))).bytes(), header).ok());
    EXPECT_EQ(header.kind, expected);
  }
}

TEST(CheckRequired, NamesTheKeyThatIsMissing) {
  const auto missing = [](Kind kind) {
    HeaderView header = full_header();
    header.kind = kind;
    std::vector<std::string> messages;
    for (auto* text : {&header.name, &header.id, &header.response_to, &header.code}) {
      const auto kept = *text;
      *text = {};
      const auto outcome = check_required(header);
      if (!outcome.ok()) messages.push_back(outcome.error().message);
      *text = kept;
    }
    return messages;
  };
  EXPECT_EQ(missing(Kind::kCommand),
            (std::vector<std::string>{"header: `name` is missing, which `command` needs",
                                      "header: `id` is missing, which `command` needs"}));
  EXPECT_EQ(missing(Kind::kReply).size(), 3U);
  EXPECT_EQ(missing(Kind::kWindow),
            std::vector<std::string>{"header: `responseTo` is missing, which `window` needs"});
  EXPECT_EQ(missing(Kind::kError),
            std::vector<std::string>{"header: `code` is missing, which `error` needs"});
  EXPECT_TRUE(missing(Kind::kPing).empty());
}

TEST(CheckRequired, WantsTheNumbersOfFailedAndWindow) {
  HeaderView header = full_header();
  header.sequence = 0;
  header.pages = 0;
  header.kind = Kind::kFailed;
  EXPECT_FALSE(check_required(header).ok());
  header.kind = Kind::kWindow;
  EXPECT_FALSE(check_required(header).ok());
}

TEST(EncodeHeader, ShortensAReasonBetweenCharacters) {
  HeaderView header;
  header.kind = Kind::kError;
  header.code = "handler-failed";
  std::string reason(kReasonLimitBytes - 1, 'x');
  for (int letter = 0; letter < 10'000; ++letter) reason += "\xc3\xa4";
  header.reason = reason;
  std::string bytes;
  encode_header(header, bytes);
  HeaderView read;
  ASSERT_TRUE(decode(bytes, read).ok());
  EXPECT_EQ(read.reason, std::string(kReasonLimitBytes - 1, 'x'));
}

TEST(EncodeHeader, ReplacesWhatTheBufferHeld) {
  std::string bytes = "something";
  encode_header(HeaderView{}, bytes);
  EXPECT_EQ(bytes,
            "\x81\xa4"
            "kind\xa4"
            "ping");
}

TEST(RenderFlow, ShowsTheReceiversNameOnlyWhereItDiffers) {
  EXPECT_EQ(render_flow("web", "todos.list", "todos.list", "todo"), "web --[ todos.list ]-> todo");
  EXPECT_EQ(render_flow("web", "users create", "mongo create", "users"),
            "web --[ users create ]-[ mongo create ]-> users");
}

}  // namespace
}  // namespace exo
