#include "services/message_contract.h"

#include <algorithm>

#include "base/nearest_word.h"
#include "base/text.h"
#include "services/names.h"

namespace exo {
namespace {

constexpr const char* kAtMostOnce = "at-most-once";
constexpr const char* kAtLeastOnce = "at-least-once";

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Gives the places of those that were not there before.
std::map<std::string, Place> read_names(ConfigurationFile& file, const Field& list,
                                        std::vector<std::string>& into,
                                        const ConfigurationFile::TextOf& name_of = nullptr) {
  std::map<std::string, Place> places;
  for (const PlacedText& name : file.texts(list, "message name", name_of)) {
    const std::string fault = fault_of_message_name(name.text);
    if (!fault.empty()) {
      file.add_mistake(name.line, list.key, name.text, in_quotes(name.text) + " " + fault);
    } else if (!holds(into, name.text)) {
      into.push_back(name.text);
      places[name.text] = {.file = file.name(), .line = name.line, .key = list.key};
    }
  }
  return places;
}

// `{name: …, delivery: …}`, where a name alone is delivered at most once. Gives the field of its name.
Field read_delivery(ConfigurationFile& file, const Field& item, std::vector<std::string>& at_least_once) {
  file.allow_keys(item, {"name", "delivery"});
  const Field name = ConfigurationFile::at(item, "name");
  const Field field = ConfigurationFile::at(item, "delivery");
  const auto delivery = file.text(field);
  if (!delivery || delivery->text == kAtMostOnce) return name;
  if (delivery->text != kAtLeastOnce) {
    file.add_mistake(field, in_quotes(delivery->text) +
                                " is no way of delivery; there are at-most-once and "
                                "at-least-once" +
                                did_you_mean(delivery->text, {kAtMostOnce, kAtLeastOnce}));
  } else if (!name.is_absent() && name.node->is_scalar() && !holds(at_least_once, name.node->text)) {
    at_least_once.push_back(name.node->text);
  }
  return name;
}

// The name under `key` of a translation; empty, with a mistake, when there is none that is legal.
std::string read_name(ConfigurationFile& file, const Field& translation, const char* key) {
  const Field field = ConfigurationFile::at(translation, key);
  if (field.is_absent()) {
    file.add_missing(translation.node->line, field,
                     std::string("missing; a translation has two names, `public: …` and `internal: …`"));
    return {};
  }
  const auto name = file.text(field);
  if (!name) return {};
  const std::string fault = fault_of_message_name(name->text);
  if (fault.empty()) return name->text;
  file.add_mistake(field, in_quotes(name->text) + " " + fault);
  return {};
}

std::string place(const MessageContract::PlacedTranslation& translation, const ConfigurationFile& file) {
  const std::string line = "line " + std::to_string(translation.line);
  return translation.file == file.name() ? line : line + " of " + translation.file;
}

// `block_start`: how many of the translations came from blocks before this one.
void add_translation(ConfigurationFile& file, const Field& field, const MessageTranslation& names,
                     std::size_t block_start, MessageContract& into) {
  for (std::size_t i = 0; i < into.translations.size(); ++i) {
    const auto& other = into.translations[i];
    if (other.names == names) {
      if (i < block_start) return;
      file.add_mistake(field, "this translation is there twice, on " + place(other, file) +
                                  " first. Leave one of the two out");
      return;
    }
    const bool same_public = other.names.public_name == names.public_name;
    if (!same_public && other.names.internal_name != names.internal_name) continue;
    const std::string& shared = same_public ? names.public_name : names.internal_name;
    file.add_mistake(field, "the " + std::string(same_public ? "public" : "internal") + " name " +
                                in_quotes(shared) + " has another translation on " + place(other, file) +
                                ", so a message could mean either. Leave one of the two out");
    return;
  }
  into.translations.push_back({.names = names, .file = file.name(), .line = field.node->line});
}

}  // namespace

void read_translations(ConfigurationFile& file, const Field& list, MessageContract& into) {
  if (list.is_absent()) return;
  if (!list.node->is_sequence()) {
    file.add_mistake(list, std::string("expected a list of translations (\"- public: …\" and below it "
                                       "\"internal: …\"), found ") +
                               describe(*list.node));
    return;
  }
  const std::size_t block_start = into.translations.size();
  for (std::size_t i = 0; i < list.node->items.size(); ++i) {
    const Field item{&list.node->items[i], list.key + "[" + std::to_string(i) + "]"};
    if (!item.node->is_map()) {
      file.add_mistake(item,
                       std::string("expected `public: …` and `internal: …`, found ") + describe(*item.node));
      continue;
    }
    file.allow_keys(item, {"public", "internal"});
    MessageTranslation names;
    names.public_name = read_name(file, item, "public");
    names.internal_name = read_name(file, item, "internal");
    if (names.public_name.empty() || names.internal_name.empty()) continue;
    add_translation(file, item, names, block_start, into);
  }
}

void read_contract(ConfigurationFile& file, const Field& block, MessageContract& into) {
  if (!file.is_map(block)) return;
  file.allow_keys(block, {"sends", "receives", "translations"});
  into.sends_places.merge(read_names(file, ConfigurationFile::at(block, "sends"), into.sends));
  read_names(file, ConfigurationFile::at(block, "receives"), into.receives,
             [&](const Field& item) { return read_delivery(file, item, into.at_least_once); });
  read_translations(file, ConfigurationFile::at(block, "translations"), into);
}

namespace {

// Mostly the public name stands where the internal one belongs.
std::string way_out(const MessageContract& contract, const MessageTranslation& names,
                    const std::vector<std::string>& known) {
  const bool received = holds(contract.receives, names.public_name);
  if (!received && !holds(contract.sends, names.public_name)) return did_you_mean(names.internal_name, known);
  return "; write " + in_quotes(names.internal_name) + " instead of " + in_quotes(names.public_name) +
         " under " + (received ? "receives" : "sends");
}

}  // namespace

std::vector<Notice> unused_translations(const MessageContract& contract) {
  std::vector<std::string> known = contract.sends;
  known.insert(known.end(), contract.receives.begin(), contract.receives.end());
  std::vector<Notice> notices;
  for (const auto& translation : contract.translations) {
    const std::string& name = translation.names.internal_name;
    if (holds(known, name)) continue;
    notices.push_back({.file = translation.file,
                       .line = translation.line,
                       .message = "the translation of " + in_quotes(name) +
                                  " is not used: the service neither sends nor receives that name" +
                                  way_out(contract, translation.names, known)});
  }
  return notices;
}

}  // namespace exo
