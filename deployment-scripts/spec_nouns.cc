#include "deployment-scripts/spec_nouns.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "base/yaml_document.h"
#include "deployment-scripts/script_catalog.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRecordKeys{"add", "list", "in", "search", "by", "fields"};
const std::vector<std::string> kFieldKeys{"name", "type"};
const std::vector<std::string> kTypes{"text", "number", "boolean"};

constexpr char kServiceRule[] =
    "expected what the service holds, such as \"entries:\" with \"list: todos.list\" below it";
constexpr char kRecordRule[] = "expected the messages behind this noun, such as \"list: todos.list\"";
constexpr char kFieldRule[] =
    "expected what the column is called in messages, such as \"TITLE: title\" or \"DAYS: {name: days, type: "
    "number}\"";

// A noun is one word of a sentence.
bool is_noun(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c >= 0x80;
  });
}

// Reads one file of nouns, and goes on after each mistake.
class NounsReader {
 public:
  explicit NounsReader(const std::string& file) : file_(file) {}

  LoadedNouns read(std::string_view text) {
    const YamlDocument document = parse_yaml(text);
    for (const YamlFault& fault : document.faults) add(fault.line, fault.key, "", fault.message);
    const YamlNode& root = document.root;
    if (root.is_map()) {
      for (const YamlEntry& entry : root.entries) read_service(entry);
    } else if (!root.is_null()) {
      add(root.line, "", root.text, "expected what specs call a service, such as \"todos:\"");
    }
    return std::move(loaded_);
  }

 private:
  void read_service(const YamlEntry& entry) {
    if (!check_noun(entry, entry.key)) return;
    SpecService service{.noun = entry.key, .role = entry.key, .role_place = place(entry.line, entry.key)};
    if (entry.value.is_map()) {
      for (const YamlEntry& part : entry.value.entries) read_part(entry.key, part, service);
    } else if (!entry.value.is_null()) {
      add(entry.value.line, entry.key, entry.value.text, kServiceRule);
    }
    loaded_.nouns.services.push_back(std::move(service));
  }

  void read_part(const std::string& noun, const YamlEntry& entry, SpecService& service) {
    const std::string key = noun + "." + entry.key;
    if (entry.key == "role") {
      if (read_text(entry, key, "expected a role of application.yml, such as \"role: todo\"", service.role))
        service.role_place = place(entry.line, key);
    } else if (check_noun(entry, key)) {
      read_records(key, entry, service);
    }
  }

  void read_records(const std::string& key, const YamlEntry& entry, SpecService& service) {
    // A misspelled "role" would be a noun without messages.
    if (!entry.value.is_map()) {
      const bool is_role = entry.value.is_scalar() && !nearest_word(entry.key, {"role"}).empty();
      return add(entry.line, key, entry.value.text,
                 std::string(kRecordRule) + (is_role ? "; did you mean \"role\"?" : ""),
                 is_role ? "role" : "");
    }
    SpecRecords records{.noun = entry.key};
    for (const YamlEntry& part : entry.value.entries) read_record_key(key + "." + part.key, part, records);
    if (records.add.empty() && records.list.empty() && records.search.empty())
      add(entry.line, key, "", kRecordRule);
    service.records.push_back(std::move(records));
  }

  void read_record_key(const std::string& key, const YamlEntry& entry, SpecRecords& records) {
    const std::array<std::pair<const char*, std::string*>, 3> messages{
        {{"add", &records.add}, {"list", &records.list}, {"search", &records.search}}};
    for (const auto& [name, into] : messages) {
      if (entry.key != name) continue;
      if (read_text(entry, key, "expected the public name of a message, such as \"todos.list\"", *into))
        records.places[name] = place(entry.line, key);
      return;
    }
    if (entry.key == "in") {
      read_text(entry, key, "expected the key of the answer that holds the list, such as \"in: todos\"",
                records.in);
    } else if (entry.key == "by") {
      read_text(entry, key,
                "expected the key of the payload that says what is looked for, such as \"by: text\"",
                records.by);
    } else if (entry.key == "fields") {
      read_fields(key, entry, records);
    } else {
      add_unknown(entry, key, kRecordKeys);
    }
  }

  void read_fields(const std::string& key, const YamlEntry& entry, SpecRecords& records) {
    if (!entry.value.is_map()) return add(entry.line, key, entry.value.text, kFieldRule);
    for (const YamlEntry& field : entry.value.entries) read_field(key + "." + field.key, field, records);
  }

  void read_field(const std::string& key, const YamlEntry& entry, SpecRecords& records) {
    SpecField field{.column = entry.key, .name = {}};
    if (entry.value.is_map()) {
      read_field_map(key, entry.value, field);
    } else {
      read_text(entry, key, kFieldRule, field.name);
    }
    records.fields.push_back(std::move(field));
  }

  void read_field_map(const std::string& key, const YamlNode& map, SpecField& field) {
    if (map.find("name") == nullptr) add(map.line, key, "", kFieldRule);
    for (const YamlEntry& entry : map.entries) {
      const std::string path = key + "." + entry.key;
      std::string type;
      if (entry.key == "name") {
        read_text(entry, path, kFieldRule, field.name);
      } else if (entry.key != "type") {
        add_unknown(entry, path, kFieldKeys);
      } else if (read_text(entry, path, "expected text, number or boolean", type)) {
        read_type(entry, path, type, field);
      }
    }
  }

  void read_type(const YamlEntry& entry, const std::string& key, const std::string& type, SpecField& field) {
    for (const SpecFieldType each : {SpecFieldType::kText, SpecFieldType::kNumber, SpecFieldType::kBoolean}) {
      if (to_text(each) != type) continue;
      field.type = each;
      return;
    }
    add(entry.line, key, type, "expected text, number or boolean" + did_you_mean(type, kTypes),
        nearest_word(type, kTypes));
  }

  // False, and a mistake, where it is no text.
  bool read_text(const YamlEntry& entry, const std::string& key, const std::string& rule, std::string& into) {
    const std::string text(trim(entry.value.text));
    if (!entry.value.is_scalar() || text.empty() || has_control_characters(text)) {
      add(entry.line, key, entry.value.text, rule);
      return false;
    }
    into = text;
    return true;
  }

  bool check_noun(const YamlEntry& entry, const std::string& key) {
    if (is_noun(entry.key)) return true;
    add(entry.line, key, entry.key, "expected one word of a sentence: letters, digits, \"-\" and \"_\"");
    return false;
  }

  void add_unknown(const YamlEntry& entry, const std::string& key, const std::vector<std::string>& known) {
    const std::string nearest = nearest_word(entry.key, known);
    add(entry.line, key, entry.key,
        "nothing is known of this key" + (nearest.empty() ? "; there are " + join_for_people(known)
                                                          : "; did you mean \"" + nearest + "\"?"),
        nearest);
  }

  Place place(int line, const std::string& key) const { return {.file = file_, .line = line, .key = key}; }

  void add(int line, const std::string& key, const std::string& value, const std::string& message,
           const std::string& nearest = "") {
    loaded_.mistakes.push_back({.file = file_,
                                .line = line,
                                .key = printable(key),
                                .value = printable(value),
                                .message = naming(value, message),
                                .nearest = nearest});
  }

  const std::string& file_;
  LoadedNouns loaded_;
};

}  // namespace

std::string_view to_text(SpecFieldType type) {
  switch (type) {
    case SpecFieldType::kText:
      return "text";
    case SpecFieldType::kNumber:
      return "number";
    case SpecFieldType::kBoolean:
      return "boolean";
  }
  EXO_CHECK(false);
}

LoadedNouns parse_nouns(std::string_view text, const std::string& file) {
  return NounsReader(file).read(text);
}

LoadedNouns load_nouns(const fs::path& application) {
  const std::string file = std::string(kScriptsFolder) + "/" + kNounsFile;
  std::error_code failure;
  if (!fs::exists(application / file, failure)) return {};
  const Result<std::string> text = read_file((application / file).string(), kMaxScriptSettingsBytes);
  if (text.ok()) return parse_nouns(text.value(), file);
  LoadedNouns unread;
  unread.mistakes.push_back(
      {.file = file, .line = 0, .key = "", .value = "", .message = text.error().message});
  return unread;
}

}  // namespace exo
